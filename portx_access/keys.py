"""The secret key of one installation, made at the first start and readable by us alone.

It signs sessions and links. The keys that sign the trail (`audit.keys`) lie beside it.
"""

import os
import secrets
from pathlib import Path

from portx_access.places import KEYS_DIR


def make_secret_key(folder: Path) -> None:
    """Make the key if there is none. Two starts at once make one key, whole in its file."""
    path = folder / "secret-key"
    if path.exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f".secret-key.{os.getpid()}"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    finally:
        part.unlink()


if __name__ == "__main__":
    make_secret_key(KEYS_DIR)
