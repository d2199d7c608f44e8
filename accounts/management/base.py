"""What our commands share: who acts, one object of JSON, and exit codes that scripts can trust.

0 done; 2 wrong input or not allowed, with one line on stderr; 3 held, or a gate is closed.
"""

import json
import sys
from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions.refusals import record_refusal
from accounts.actors import NAMED, from_command, get_user
from accounts.models import User
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from jobs.heartbeats import worker_lives
from jobs.runner import drain

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
        answer = self._act(**options)
        # What was asked for on the way is owed: mail, findings, whatever a worker would do.
        if not worker_lives():
            drain()
        self.answer(answer, as_json=options["json"])

    def _act(self, **options: Any) -> Mapping[str, Any]:
        actor = None
        try:
            actor = from_command(options.pop("actor"))
            if options.get("acknowledged_by"):
                actor = replace(actor, named_by=NAMED)
            return self.act(actor, **options)
        except (WrongInput, NotAllowed, Conflict) as error:
            if actor is not None and not isinstance(error, WrongInput):
                name = type(self).__module__.rpartition(".")[2]
                target = f"command:{name}"
                record_refusal(str(error), actor=actor, attempted=name, target=target)
            raise CommandError(str(error), returncode=WRONG_INPUT) from error

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
