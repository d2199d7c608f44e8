"""load_sample: the sample company with its two reviews, into an empty sample database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

import clock
from accounts.management.base import WRONG_INPUT
from accounts.models import User
from portx_access.places import HALF_A_SAMPLE
from portx_access.sample.cast import as_text, read_sign_ins, sign_ins_file, write_sign_ins
from portx_access.sample.loading import load

ELSEWHERE = (
    "The sample company is loaded into the sample's own database only: run this with SAMPLE=1, "
    "or simply make run."
)
HALF = (
    "The sample company was not loaded to its end. Start make run, which loads it anew, or empty "
    "its database with make clean-data SAMPLE=1."
)
NO_SIGN_INS = (
    "The sample company is loaded, but the file with its sign-ins is gone: {path}. Ask for a new "
    "password on the sign-in page, or start anew with make clean-data SAMPLE=1."
)


class Command(BaseCommand):
    help = "Load the sample company, and say who can sign in. Doing it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")

    def handle(self, *_: Any, **options: Any) -> None:
        if not settings.SAMPLE:
            raise CommandError(ELSEWHERE, returncode=WRONG_INPUT)
        mark = Path(settings.VAR_DIR) / HALF_A_SAMPLE
        if mark.exists():
            raise CommandError(HALF, returncode=WRONG_INPUT)
        loaded = not User.objects.exists()
        if loaded:
            mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mark.touch(mode=0o600)
            self._load()
            mark.unlink()
        people = read_sign_ins()
        if options["json"]:
            sign_ins = [person.as_json() for person in people]
            self.stdout.write(json.dumps({"loaded": loaded, "sign_ins": sign_ins}))
        else:
            self.stdout.write(
                as_text(people) if people else NO_SIGN_INS.format(path=sign_ins_file())
            )

    def _load(self) -> None:
        folder = Path(settings.VAR_DIR) / "sample-files"
        write_sign_ins(load(folder, today=clock.today("UTC"), say=self.stderr.write))
