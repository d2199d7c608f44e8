"""The keys of one installation: made once, readable by us alone, kept outside the database.

`keys/secret-key` signs sessions and links; `keys/signing/NNNN.pem` (Ed25519) sign the trail's
checkpoints and the evidence packages: the last one signs, all of them verify.
"""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portx_access.places import KEYS_DIR


def make_keys(folder: Path) -> None:
    """Make the keys that are missing; those that are there stay as they are."""
    signing = folder / "signing"
    signing.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "secret-key").exists():
        _write_once(folder / "secret-key", secrets.token_urlsafe(64).encode())
    if not any(signing.glob("*.pem")):
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        _write_once(signing / "0001.pem", pem)


def _write_once(path: Path, content: bytes) -> None:
    """Write the whole file under a name of ours, then give it its own: two starts make one key."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        return
    finally:
        part.unlink()


if __name__ == "__main__":
    make_keys(KEYS_DIR)
