"""Where things lie: the code, and the folder that holds one company's data and keys."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# SAMPLE=1 works on the sample company, which has a database and keys of its own.
SAMPLE = os.environ.get("SAMPLE", "0") == "1"

# VAR_DIR: database, keys, logs and uploads; var/data by default, var/sample with SAMPLE=1.
VAR_DIR = Path(
    os.environ.get("VAR_DIR") or BASE_DIR / "var" / ("sample" if SAMPLE else "data")
).resolve()

# The keys lie beside the database's files, never inside it.
KEYS_DIR = VAR_DIR / "keys"

# The address at which `make run` serves, for the commands beside it: what they mail leads there.
SERVED_AT = VAR_DIR / "served-at"

# Stands in VAR_DIR while the sample company is being loaded.
HALF_A_SAMPLE = "sample-is-being-loaded"
