"""Files as they came: kept once, whole, and left alone from then on."""

import io
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

import clock
from accounts.connectors.file import open_file
from accounts.importing.uploads import StoredFile, folder, keep_file

TEXT = b"username,entitlement\nkim,read\nlee,write\n"


def keep(text: bytes = TEXT, name: str = "ledger.csv") -> StoredFile:
    return keep_file(name, io.BytesIO(text))


@pytest.fixture(autouse=True)
def _empty_folder(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def test_a_file_is_kept_whole_private_and_without_a_remainder() -> None:
    kept = keep()
    path = folder() / kept.path
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (TEXT, 0o600)
    assert (kept.name, kept.size, kept.path) == ("ledger.csv", len(TEXT), kept.sha256)
    assert path.stat().st_nlink == 1


def test_the_same_content_under_another_name_is_the_same_file() -> None:
    assert keep(name="again.csv").path == keep().path


def test_content_that_comes_again_while_it_is_read_disturbs_nobody() -> None:
    rows = open_file(folder() / keep().path).rows()
    first = next(rows)
    keep()
    assert [first, *rows] == [(2, ["kim", "read"]), (3, ["lee", "write"])]


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing() -> None:
    class Torn(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError("the line went dead")

    with pytest.raises(OSError, match="the line went dead"):
        keep_file("torn.csv", Torn())
    assert list(folder().iterdir()) == []


def test_what_a_killed_upload_left_is_cleared_away_and_what_still_comes_is_not() -> None:
    names = {"left.part": timedelta(hours=25), "coming.part": timedelta(hours=23)}
    for name, age in names.items():
        (folder() / name).write_bytes(b"half")
        at = (clock.now() - age).timestamp()
        os.utime(folder() / name, (at, at))
    kept = keep()
    assert sorted(path.name for path in folder().iterdir()) == sorted(["coming.part", kept.path])
