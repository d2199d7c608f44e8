"""import_people FILE [--roster NAME]: a roster becomes the people that stand."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from accounts.actions.sources import DEFAULT_ROSTER, ensure_roster
from accounts.management.importing import ImportCommand, existing
from audit.actors import Actor
from audit.errors import WrongInput


class Command(ImportCommand):
    help = "Import a roster (CSV or XLSX); it makes only its own people vanish."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", metavar="FILE")
        parser.add_argument(
            "--roster", default="", metavar="NAME", help=f"“{DEFAULT_ROSTER}” by default"
        )

    def act(self, actor: Actor, **options: Any) -> Any:
        if options["take"]:
            return self.take(None, actor, options)
        if not options["file"]:
            raise WrongInput("Name the file to import: import_people FILE.")
        path = existing(options["file"])
        ensure_source = partial(ensure_roster, options["roster"], actor=actor)
        return self.import_files(ensure_source, [path], actor, options)
