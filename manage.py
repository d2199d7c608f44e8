#!/usr/bin/env python
"""The command line of PortX Access."""

import os
import sys
from contextlib import nullcontext


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portx_access.settings")
    from django.core.management import execute_from_command_line

    from portx_access import embedded, entry, keeper

    try:
        servers = entry.prepare(sys.argv)
    except (embedded.CannotStart, keeper.Refused) as refusal:
        sys.exit(str(refusal))
    with servers or nullcontext():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
