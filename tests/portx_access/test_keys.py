"""The secret key: made once, whole, for us alone."""

import stat
from pathlib import Path

from portx_access.keys import make_secret_key


def test_make_secret_key_is_long_private_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_secret_key(folder)
    path = folder / "secret-key"
    first = path.read_text()
    make_secret_key(folder)
    assert path.read_text() == first
    assert len(first) >= 80
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [each.name for each in folder.iterdir()] == ["secret-key"]


def test_make_secret_key_differs_from_one_installation_to_the_next(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make_secret_key(tmp_path / name)
    assert (tmp_path / "one/secret-key").read_text() != (tmp_path / "other/secret-key").read_text()
