"""Files to read, written on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

SaveFile = Callable[[bytes | str], Path]


@pytest.fixture
def save(tmp_path: Path) -> SaveFile:
    """Save bytes, or text as UTF-8, under a name that says nothing."""

    def save_file(content: bytes | str) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return save_file
