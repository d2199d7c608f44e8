"""``manage.py rotate_trail_key``: sign checkpoints with a new key; the old ones still verify."""

from typing import Any

from django.core.management.base import BaseCommand

from audit.actions import rotate_key
from audit.actors import Actor


class Command(BaseCommand):
    help = "Make a new key for the checkpoints of the trail, and print its fingerprint."

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(rotate_key(actor=Actor.command_line()))
