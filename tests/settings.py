"""The product's settings on servers that live as long as the test run.

The first process of a run starts them; the workers of pytest-xdist inherit the addresses. Real
servers are used instead when DATABASE_URL and REDIS_URL are set. Nothing has to be stopped: the
servers go, with their folder, when the process that started them ends, however it ends.
"""

import os
import re
import tempfile
from pathlib import Path

os.environ["PORTX_TESTING"] = "1"
for _name in ("SAMPLE", "PUBLIC_URL", "EMAIL_URL", "TIME_ZONE"):
    os.environ.pop(_name, None)
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0" * 50)
os.environ["LOG_LEVEL"] = "ERROR"

# Nothing is written where somebody's own data and keys lie: before our first import, since the
# places are fixed by it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _folder = Path(tempfile.mkdtemp(prefix="portx-test-"))
    os.environ["VAR_DIR"] = str(_folder / "var")

from portx_access import embedded  # noqa: E402  it fixes the places

if "DATABASE_URL" not in os.environ:
    _share = embedded.share(_folder, throwaway=True)
    os.environ.update(_share.environment)

# Each worker of pytest-xdist has a database of Redis to itself, since tests empty it.
_number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
os.environ["REDIS_URL"] = re.sub(r"(?<=[=/])[0-9]+$", _number, os.environ["REDIS_URL"])

# The rest needs the servers' addresses.
from portx_access.places import VAR_DIR  # noqa: E402
from portx_access.settings import *  # noqa: E402,F403
from portx_access.settings import DATABASES, STORAGES  # noqa: E402

DATABASES["default"]["ENGINE"] = "tests.database"
# Pages name files that nobody has collected.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
(VAR_DIR / "static").mkdir(parents=True, exist_ok=True)
# A test signs in often, and what it proves is not the hash.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
