"""``manage.py prepare``: bring database and files up to this version, and say who can sign in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.actions.first_sign_in import keep_first_links
from audit.actors import Actor

CREATE_THE_FIRST = (
    "Nobody can sign in yet. Create the first administrator in another window:\n"
    "  .venv/bin/python manage.py create_user MAIL --role administrator"
)


class Command(BaseCommand):
    help = "Migrate, collect static files, load the sample company into an empty sample database."

    def handle(self, *_: Any, **__: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if settings.SAMPLE:
            call_command("load_sample", stdout=self.stdout, stderr=self.stderr)
        elif not get_user_model().objects.exists():
            self.stdout.write(CREATE_THE_FIRST)
        elif place := keep_first_links(actor=Actor.command_line()):
            self.stdout.write(f"Nobody has signed in yet. The link to set a password: {place}")
