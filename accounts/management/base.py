"""What our commands share: who acts, one object of JSON, and exit codes that scripts can trust.

0 done; 2 wrong input or not allowed, with one line on stderr; 3 held, or a gate is closed.
"""

import json
import sys
from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actors import from_command, get_user
from accounts.models import User
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput

WRONG_INPUT = 2
NEEDS_A_PERSON = 3


class ActorCommand(BaseCommand):
    """A command that acts under a name and answers with one object."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        parser.add_argument(
            "--actor", metavar="MAIL", help="who acts; without it, the command line itself"
        )

    @abstractmethod
    def act(self, actor: Actor, **options: Any) -> Mapping[str, Any]:
        """Do it, and say what came of it."""

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  Django's signature
        try:
            answer = self.act(from_command(options.pop("actor")), **options)
        except (WrongInput, NotAllowed, Conflict) as error:
            raise CommandError(str(error), returncode=WRONG_INPUT) from error
        self.answer(answer, as_json=options["json"])

    def answer(self, answer: Mapping[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer, default=str))
        else:
            for key, value in answer.items():
                self.stdout.write(f"{key.replace('_', ' ')}: {value}")

    def needs_a_person(self, answer: Mapping[str, Any], why: str, *, as_json: bool) -> None:
        """Answer all the same, say on stderr what a person must settle, and end with 3."""
        self.answer(answer, as_json=as_json)
        self.stderr.write(why)
        sys.exit(NEEDS_A_PERSON)


def get_acknowledger(mail: str | None) -> User | None:
    """The user whom ``--acknowledged-by`` names, if it was given."""
    return get_user(mail, option="--acknowledged-by") if mail else None
