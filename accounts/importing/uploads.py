"""Files as they came, below the folder of uploads, each under the digest of its content."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

import clock

_CHUNK = 1 << 20
_PART = ".part"
# No upload takes as long as that: what is older was left by one that was killed.
_LONGEST_UPLOAD = timedelta(days=1)


@dataclass(frozen=True)
class StoredFile:
    """``path`` is below the folder of uploads."""

    name: str
    path: str
    sha256: str
    size: int


def folder() -> Path:
    place = Path(settings.VAR_DIR) / "uploads"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def keep_file(name: str, content: BinaryIO) -> StoredFile:
    """Keep a copy of the file, private (0600). The same content is kept once, and never written
    anew: somebody may be reading it for another run."""
    _clear_remainders()
    digest, size = hashlib.sha256(), 0
    handle, part = tempfile.mkstemp(dir=folder(), suffix=_PART)
    try:
        with os.fdopen(handle, "wb") as copy:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        sha256 = digest.hexdigest()
        with suppress(FileExistsError):
            (folder() / sha256).hardlink_to(part)
    finally:
        Path(part).unlink()
    return StoredFile(Path(name).name[:300], sha256, sha256, size)


def _clear_remainders() -> None:
    oldest = (clock.now() - _LONGEST_UPLOAD).timestamp()
    for part in folder().glob(f"*{_PART}"):
        with suppress(FileNotFoundError):  # Another upload may clear it away at the same time.
            if part.stat().st_mtime < oldest:
                part.unlink()
