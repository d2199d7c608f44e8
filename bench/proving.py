"""Building a package of evidence and verifying it, beside reading and writing its bytes."""

import contextlib
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

from django.db import connection

from bench import company
from bench.launching import campaign
from bench.stopwatch import Stopwatch
from reviews.actions.evidence import build_package
from reviews.evidence import checks

ROWS = (
    "SELECT * FROM reviews_reviewitem",
    "SELECT * FROM reviews_decision",
    "SELECT body FROM audit_event WHERE stream = '{stream}'",
)


def _package() -> Path:
    return company.folder() / "package.zip"


def build(**_: Any) -> float:
    with Stopwatch() as watch:
        build_package(campaign(), _package(), actor=company.sam())
    return watch.seconds


def copy_rows(**_: Any) -> float:
    """Items, decisions and events as text into a ZIP, compressed as in a package."""
    path, stream = company.folder() / "bare.zip", campaign().stream
    with (
        Stopwatch() as watch,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive,
        connection.cursor() as cursor,
    ):
        for number, rows in enumerate(ROWS):
            with (
                archive.open(str(number), "w", force_zip64=True) as file,
                cursor.copy(f"COPY ({rows.format(stream=stream)}) TO STDOUT") as copy,
            ):
                for part in copy:
                    file.write(part)
    path.unlink()
    return watch.seconds


def verify(**_: Any) -> float:
    with Stopwatch() as watch, contextlib.redirect_stdout(io.StringIO()) as said:
        status = checks.main([str(_package())])
    assert status == checks.VALID, said.getvalue()
    return watch.seconds


def read_bytes(**_: Any) -> float:
    """Unpack every file of the package and take its digest."""
    with Stopwatch() as watch, zipfile.ZipFile(_package()) as archive:
        for name in archive.namelist():
            digest = hashlib.sha256()
            with archive.open(name) as file:
                while part := file.read(1 << 20):
                    digest.update(part)
    return watch.seconds
