#!/usr/bin/env python
"""The command line of PortX Access."""

import os
import sys
import traceback
from contextlib import nullcontext


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portx_access.settings")
    from django.core.management import execute_from_command_line

    from portx_access import embedded, entry, keeper

    try:
        servers = entry.prepare(sys.argv)
    except (embedded.CannotStart, keeper.Refused) as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(2)
    with servers or nullcontext():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except Exception:
        # A check of the trail that crashed found nothing, and 1 would say "tampered".
        if sys.argv[1:2] != ["verify_audit_trail"]:
            raise
        traceback.print_exc()
        sys.exit(2)
