"""build_evidence ID --output FILE: the package that an auditor takes away."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from accounts.management.base import ActorCommand
from audit.actors import Actor
from audit.errors import WrongInput
from reviews.actions.evidence import build_package, describe
from reviews.models import Campaign


class Command(ActorCommand):
    help = "Build the evidence of a campaign; verify it with verify_evidence.py."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("campaign", type=int, metavar="ID")
        parser.add_argument("--output", required=True, metavar="FILE", type=Path)

    def act(self, actor: Actor, **options: Any) -> dict[str, Any]:
        campaign = Campaign.objects.filter(pk=options["campaign"]).first()
        output: Path = options["output"].resolve()
        if campaign is None:
            raise WrongInput(f"There is no campaign {options['campaign']}.")
        if not output.parent.is_dir():
            raise WrongInput(f"There is no folder {output.parent} to write into.")
        return {"id": campaign.pk, **describe(build_package(campaign, output, actor=actor))}
