"""The files of the keys: made once, whole, for nobody else's eyes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit import keys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_first_key_is_made_when_it_is_asked_for(folder: Path) -> None:
    assert keys.public_keys() == []
    key = keys.signing_key()
    assert keys.public_keys() == [keys.public_of(key)]
    assert [path.name for path in folder.iterdir()] == ["trail-0001.pem"]
    assert (folder / "trail-0001.pem").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_first_key_is_one_when_many_ask_for_it(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: keys.public_of(keys.signing_key()), range(8)))
    assert set(made) == set(keys.public_keys())
    assert [path.name for path in folder.iterdir()] == ["trail-0001.pem"]


def test_rotation_keeps_the_old_key_and_signs_with_the_new() -> None:
    old = keys.public_of(keys.signing_key())
    new = keys.public_of(keys.rotate())
    assert keys.public_of(keys.signing_key()) == new
    assert keys.public_keys() == [old, new]
    assert keys.origin("system", keys.public_keys()[0]) == keys.origin("system", old)


def test_key_file_of_another_kind_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "trail-0001.pem").write_text("not a key")
    with pytest.raises(ValueError, match="PEM"):
        keys.signing_key()
