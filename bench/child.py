"""The process of one step: prints the seconds of what it measured and its own peak of memory."""

import json
import re
import sys
from pathlib import Path

import django
from django.utils.module_loading import import_string


def peak_mb() -> float:
    """The most memory that this process ever held; ru_maxrss would count our parent's, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


def main() -> None:
    django.setup()
    seconds = import_string(sys.argv[1])(**json.loads(sys.argv[2]))
    print(json.dumps([seconds or 0.0, peak_mb()]))


if __name__ == "__main__":
    main()
