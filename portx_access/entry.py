"""What a management command needs before Django reads the settings: keys, and servers."""

import os
import shutil
from collections.abc import Sequence

from portx_access import embedded
from portx_access.keys import make_secret_key
from portx_access.places import HALF_A_SAMPLE, KEYS_DIR, SAMPLE, VAR_DIR

SERVERS_DIR = VAR_DIR / "servers"
WITHOUT_SERVERS = frozenset(
    {"", "check", "collectstatic", "diffsettings", "help", "makemigrations", "version"}
)


def prepare(arguments: Sequence[str]) -> embedded.Share | None:
    """Share the embedded servers with whoever runs them, or start them; None if none are needed.

    With DATABASE_URL the servers are somebody else's, and so are the keys.
    """
    if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
        return None
    os.umask(0o077)  # Whatever we write is for us alone.
    make_secret_key(KEYS_DIR)
    command = arguments[1] if len(arguments) > 1 else ""
    asks_for_help = bool({"-h", "--help", "--version"} & set(arguments))
    if command in WITHOUT_SERVERS or asks_for_help:
        return None
    share = embedded.share(SERVERS_DIR)
    os.environ.update(share.environment)
    return share


def drop_half_a_sample() -> bool:
    """Remove a sample company whose loading was killed; one that is being loaded now is left."""
    if not (SAMPLE and (VAR_DIR / HALF_A_SAMPLE).exists()) or os.environ.get("DATABASE_URL"):
        return False
    embedded.share(SERVERS_DIR).release()  # Stops what a killed keeper may have left.
    if embedded.is_in_use(SERVERS_DIR):
        return False
    shutil.rmtree(VAR_DIR)
    return True
