"""``manage.py prepare``: bring database and files up to this version, and say who can sign in."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

CREATE_THE_FIRST = (
    "Nobody can sign in yet. Create the first administrator in another window:\n"
    "  .venv/bin/python manage.py create_user MAIL --role administrator"
)


class Command(BaseCommand):
    help = "Migrate, collect static files, load the sample company into an empty sample database."

    def handle(self, *_: Any, **__: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        users = get_user_model().objects
        if settings.SAMPLE and not users.exists() and "load_sample" in get_commands():
            call_command("load_sample", verbosity=0, stdout=self.stderr)
        if not users.exists():
            self.stdout.write(CREATE_THE_FIRST)
        elif settings.SAMPLE:
            self.stdout.write(sample_sign_ins())


def sample_sign_ins() -> str:
    """The sample's people with their passwords, from the 0600 file that load_sample wrote."""
    path = settings.VAR_DIR / "sign-ins.json"
    if not path.exists():
        return ""
    people = json.loads(path.read_text(encoding="utf-8"))
    width = max(len(person["mail"]) for person in people)
    lines = (
        f"  {person['mail']:{width}}  {person['password']}  {person['role']}" for person in people
    )
    return "\n".join(("Sign in to the sample as one of:", *lines))
