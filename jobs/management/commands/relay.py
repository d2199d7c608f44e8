"""``manage.py relay``: ring for due work until told to stop; a second one stands by."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from jobs.relay import serve


class Command(BaseCommand):
    help = "Ring for due work, start what recurs and seal the trail, until SIGTERM or Ctrl-C."

    def handle(self, *_: Any, **__: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        serve(stop)
