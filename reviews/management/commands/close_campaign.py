"""close_campaign ID: end a campaign; what is undecided is not reviewed."""

from argparse import ArgumentParser
from typing import Any

from accounts.management.base import ActorCommand, get_acknowledger
from audit.actors import Actor
from audit.errors import WrongInput
from reviews.actions.closing import close_campaign, seal_close
from reviews.actions.launching import Acknowledgement
from reviews.launch.gates import GateClosed
from reviews.models import Campaign


class Command(ActorCommand):
    help = "Close a campaign. With gaps only by the leave of another person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("campaign", type=int, metavar="ID")
        parser.add_argument("--with-gaps", metavar="REASON", default="")
        parser.add_argument("--acknowledged-by", metavar="MAIL")

    def act(self, actor: Actor, **options: Any) -> dict[str, Any]:
        campaign = Campaign.objects.filter(pk=options["campaign"]).first()
        if campaign is None:
            raise WrongInput(f"There is no campaign {options['campaign']}.")
        by = get_acknowledger(options["acknowledged_by"])
        if bool(options["with_gaps"]) != (by is not None):
            raise WrongInput(
                "--with-gaps and --acknowledged-by go together: a reason and a person."
            )
        leave = Acknowledgement(options["with_gaps"], by) if by else None
        try:
            campaign = close_campaign(campaign, actor=actor, with_gaps=leave)
        except GateClosed as refusal:
            gaps = [gate.as_json() for gate in refusal.gates]
            self.needs_a_person(
                {"id": campaign.pk, "state": campaign.state, "gaps": gaps},
                f"{refusal} Close with --with-gaps REASON --acknowledged-by MAIL, or see to them.",
                as_json=options["json"],
            )
        seal_close(campaign)
        return {
            "id": campaign.pk,
            "state": campaign.state,
            "totals": campaign.totals,
            "gaps": campaign.gaps,
        }
