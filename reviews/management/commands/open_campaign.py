"""open_campaign --quarter 2026-Q4: plan the review of a quarter and launch it."""

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.management.base import ActorCommand, get_acknowledger
from accounts.models import Person, System
from audit.actors import Actor
from audit.errors import WrongInput
from reviews.actions.launching import (
    Acknowledgement,
    launch_campaign,
    reviewers_of,
    seal_launch,
)
from reviews.actions.planning import change_plan, plan_campaign
from reviews.enums import CampaignState
from reviews.launch.gates import GateClosed
from reviews.models import Campaign


class Command(ActorCommand):
    help = "Open the review of a quarter. The same quarter and scope gives the same campaign."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--quarter", required=True, help="like 2026-Q4")
        parser.add_argument("--system", action="append", metavar="NAME", default=[])
        parser.add_argument("--due", metavar="DAY", help="like 2026-10-19; by default in 14 days")
        parser.add_argument("--fallback", action="append", metavar="MAIL", default=[])
        parser.add_argument("--acknowledge", metavar="REASON", default="")
        parser.add_argument("--acknowledged-by", metavar="MAIL")

    def act(self, actor: Actor, **options: Any) -> dict[str, Any]:
        acknowledgement = _acknowledgement(options)
        due = _day(options["due"])
        fallback = [_person(mail) for mail in options["fallback"]]
        campaign = plan_campaign(
            actor=actor,
            quarter=options["quarter"],
            systems=[_system(name) for name in options["system"]] or None,
            due=due,
            fallback=fallback or None,
        )
        campaign = _as_asked(campaign, actor, due, fallback)
        launched_before = campaign.state != CampaignState.PLANNED
        try:
            campaign = launch_campaign(campaign, actor=actor, acknowledgement=acknowledgement)
        except GateClosed as refusal:
            self.needs_a_person(
                {**_describe(campaign), "gates": [gate.as_json() for gate in refusal.gates]},
                str(refusal),
                as_json=options["json"],
            )
        if not launched_before:
            seal_launch(campaign)
        return _describe(campaign)


def _as_asked(
    campaign: Campaign, actor: Actor, due: date | None, fallback: list[Person]
) -> Campaign:
    """A plan that a gate stopped before takes the deadline and the fallback that are named now."""
    planned = [each.person for each in campaign.fallback.order_by("rank").select_related("person")]
    day = _due(campaign).date()
    if campaign.state != CampaignState.PLANNED or (day, planned) == (
        due or day,
        fallback or planned,
    ):
        return campaign
    return change_plan(
        campaign, actor=actor, due=due or day, zone=campaign.zone, fallback=fallback or planned
    )


def _due(campaign: Campaign) -> datetime:
    return campaign.due_at.astimezone(ZoneInfo(campaign.zone))


def _describe(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.pk,
        "state": campaign.state,
        "quarter": campaign.quarter,
        "due": _due(campaign).isoformat(),
        "in_scope": campaign.in_scope,
        "items": campaign.items_count,
        "exclusions": campaign.exclusions_count,
        "reviewers": reviewers_of(campaign),
        "without_manager": campaign.without_manager,
        "second_person_missing": campaign.second_person_missing,
    }


def _acknowledgement(options: dict[str, Any]) -> Acknowledgement | None:
    by = get_acknowledger(options["acknowledged_by"])
    if bool(options["acknowledge"]) != (by is not None):
        raise WrongInput("--acknowledge and --acknowledged-by go together: a reason and a person.")
    return Acknowledgement(options["acknowledge"], by) if by else None


def _system(name: str) -> System:
    system = System.objects.filter(name__iexact=name, retired_at=None).first()
    if system is None:
        raise WrongInput(f"There is no system {name!r}: import its accounts first.")
    return system


def _person(mail: str) -> Person:
    person = Person.objects.filter(mail__iexact=mail).order_by("gone_at", "pk").first()
    if person is None:
        raise WrongInput(f"--fallback names {mail}, and nobody is known by that mail.")
    return person


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongInput(f"--due is {text!r}: write a day like 2026-10-19.") from error
