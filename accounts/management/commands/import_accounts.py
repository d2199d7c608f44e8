"""import_accounts SYSTEM FILE: what a system's export says becomes the picture of the system."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from accounts.actions.sources import ensure_system_source
from accounts.enums import DataClass
from accounts.management.importing import ImportCommand, existing
from audit.actors import Actor
from audit.errors import WrongInput


class Command(ImportCommand):
    help = "Import the accounts, rights and grants of a system (CSV or XLSX)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("system", nargs="?", metavar="SYSTEM", help="made if it is missing")
        parser.add_argument(
            "files", nargs="*", metavar="FILE", help="several make one run: users, then rights"
        )
        parser.add_argument(
            "--data-class", default="", help=f"one of {', '.join(DataClass.values)}"
        )
        parser.add_argument("--owner", default="", metavar="MAIL", help="of the system's owner")

    def act(self, actor: Actor, **options: Any) -> Any:
        if options["take"]:
            return self.take(None, actor, options)
        if not options["system"] or not options["files"]:
            raise WrongInput("Name the system and the file: import_accounts SYSTEM FILE.")
        paths = [existing(path) for path in options["files"]]
        ensure_source = partial(
            ensure_system_source,
            options["system"],
            actor=actor,
            data_class=options["data_class"],
            owner_mail=options["owner"],
        )
        return self.import_files(ensure_source, paths, actor, options)
