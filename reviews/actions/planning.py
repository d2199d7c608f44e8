"""Planning a campaign: its scope, its people, its preview, and leave to pass a closed gate."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

import clock
from accounts.enums import Role
from accounts.insights import policy_in_force
from accounts.models import Person, System
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, WrongInput
from audit.verbs import Verb
from jobs.models import Job
from jobs.queue import enqueue
from reviews import launch
from reviews.actions.authority import acting_user, require_campaign_runner, require_second_person
from reviews.enums import CampaignState
from reviews.launch import gates, preview
from reviews.models import Campaign, CampaignFallback, CampaignSystem

DAYS_TO_REVIEW = 14


def plan_campaign(
    *,
    actor: Actor,
    quarter: str,
    systems: Sequence[System] | None = None,
    left_out: Mapping[System, str] | None = None,
    due: date | None = None,
    zone: str = "",
    fallback: Sequence[Person] | None = None,
    title: str = "",
) -> Campaign:
    """Plan the review of ``systems`` (all that are not left out) for a quarter like 2026-Q4.

    The same quarter and scope again gives the campaign that there is. ``due`` is a day in
    ``zone`` and ends at 23:59:59 there; without it, 14 days from today. The fallback is the
    security team where none is named. Raises WrongInput.
    """
    zone = zone or settings.TIME_ZONE
    left_out = dict(left_out or {})
    _check_quarter(quarter)
    due_at = _end_of_day(due or clock.today(zone) + timedelta(days=DAYS_TO_REVIEW), zone)
    scope = _scope(systems, left_out)
    key = hashlib.sha256(",".join(str(s.pk) for s in scope).encode()).hexdigest()
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign, made = Campaign.objects.get_or_create(
            quarter=quarter,
            scope_key=key,
            defaults={
                "title": title or f"Access review {quarter}",
                "due_at": due_at,
                "zone": zone,
                **_policy_to_keep(),
                "owner_id": actor.user_id,
                "planned_at": clock.now(),
            },
        )
        if made:
            _name_systems(campaign, scope, left_out)
            _name_fallback(campaign, fallback or security_people())
            trail.record(
                Verb.CAMPAIGN_PLANNED,
                actor=actor,
                target=f"campaign:{campaign.pk}",
                data={
                    "quarter": quarter,
                    "systems": [s.pk for s in scope],
                    "left_out": [s.pk for s in left_out],
                    "due": trail.moment(due_at),
                },
                private={f"left_out_{s.pk}": reason for s, reason in left_out.items()},
                stream=campaign.stream,
            )
    return campaign


def change_plan(
    campaign: Campaign,
    *,
    actor: Actor,
    due: date,
    zone: str,
    fallback: Sequence[Person],
) -> Campaign:
    """Change the deadline and the fallback of a campaign that has not been launched."""
    due_at = _end_of_day(due, zone)
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign = _locked_plan(campaign)
        campaign.due_at, campaign.zone, campaign.preview = due_at, zone, {}
        campaign.save(update_fields=["due_at", "zone", "preview"])
        campaign.fallback.all().delete()
        _name_fallback(campaign, fallback)
        trail.record(
            Verb.CAMPAIGN_PLAN_CHANGED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={"due": trail.moment(due_at), "fallback": [p.pk for p in fallback]},
            stream=campaign.stream,
        )
    return campaign


def discard_plan(campaign: Campaign, *, actor: Actor) -> None:
    """Drop a plan that was never launched; its events stay."""
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign = _locked_plan(campaign)
        trail.record(
            Verb.CAMPAIGN_DISCARDED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            stream=campaign.stream,
        )
        campaign.delete()


def start_preview(campaign: Campaign, *, actor: Actor) -> Job:
    """Have the preview worked out in the background, once for each asking."""
    with transaction.atomic():
        require_campaign_runner(actor)
        return enqueue(
            "reviews.preview",
            key=f"preview:{campaign.pk}:{clock.now():%Y%m%d%H%M%S%f}",
            payload={"campaign": campaign.pk},
        )


def make_preview(campaign: Campaign) -> dict[str, Any]:
    """Plan as a launch would, keep the numbers on the campaign, and freeze nothing."""
    with transaction.atomic():
        campaign = _locked_plan(campaign)
        refresh_systems(campaign)
        take_policy(campaign)
        launch.build(campaign)
        found = preview.read_plan()
        found["gates"] = [gate.as_json() for gate in gates.find_closed(campaign)]
        found["made_at"] = clock.now().isoformat()
        campaign.preview = found
        campaign.save(update_fields=["preview", "policy", "policy_version"])
    return found


def extend_campaign(campaign: Campaign, *, actor: Actor, due: date, reason: str) -> Campaign:
    """Move the deadline of an open campaign, for a reason that stands in the trail."""
    due_at = _end_of_day(due, campaign.zone)
    if not reason.strip():
        raise WrongInput("Say why the deadline moves.")
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        if campaign.state != CampaignState.OPEN:
            raise Conflict(f"{campaign.title} is not open: it has no deadline to move.")
        was, campaign.due_at = campaign.due_at, due_at
        campaign.save(update_fields=["due_at"])
        trail.record(
            Verb.CAMPAIGN_EXTENDED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={"was": trail.moment(was), "now": trail.moment(due_at)},
            private={"reason": reason.strip()},
            stream=campaign.stream,
        )
    return campaign


def request_override(campaign: Campaign, *, actor: Actor, reason: str) -> Campaign:
    """Ask a second person for leave to launch although gates are closed."""
    if not reason.strip():
        raise WrongInput("Say why the campaign may be launched all the same.")
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign = _locked_plan(campaign)
        closed = list(campaign.preview.get("gates", []))
        if not closed:
            raise WrongInput("No gate is closed: the campaign can be launched as it is.")
        campaign.gates = closed
        campaign.override_asked_by_ref = actor.ref
        campaign.acknowledged_reason = reason.strip()
        campaign.acknowledged_by_ref = ""
        campaign.save(
            update_fields=[
                "gates",
                "override_asked_by_ref",
                "acknowledged_reason",
                "acknowledged_by_ref",
            ]
        )
        trail.record(
            Verb.CAMPAIGN_OVERRIDE_REQUESTED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={"gates": [g["gate"] for g in closed]},
            private={"reason": reason.strip()},
            stream=campaign.stream,
        )
    return campaign


def approve_override(campaign: Campaign, *, actor: Actor) -> Campaign:
    """Give the leave that another person asked for; it covers the gates listed then."""
    with transaction.atomic():
        approver = acting_user(actor)
        campaign = _locked_plan(campaign)
        if not campaign.override_asked_by_ref:
            raise Conflict("Nobody asks for leave to launch this campaign any more.")
        require_second_person(
            approver, Actor.system("launch"), asked_by=campaign.override_asked_by_ref
        )
        campaign.acknowledged_by_ref = approver.ref
        campaign.save(update_fields=["acknowledged_by_ref"])
        trail.record(
            Verb.CAMPAIGN_OVERRIDE_APPROVED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={
                "gates": [g["gate"] for g in campaign.gates],
                "asked_by": campaign.override_asked_by_ref,
            },
            stream=campaign.stream,
        )
    return campaign


def refresh_systems(campaign: Campaign) -> None:
    """Note each system as it stands now, with the import whose picture would be reviewed."""
    for part in campaign.systems.select_related("system__owner", "system__source"):
        system = part.system
        source = getattr(system, "source", None)
        part.name, part.data_class = system.name, system.data_class
        part.criticality, part.owner = system.criticality, system.owner
        part.owner_name = system.owner.name if system.owner else ""
        part.run_id = source.current_run_id if source and part.included else None
        part.save()


def take_policy(campaign: Campaign) -> None:
    """Judge by the policy in force: the launch is the last time, and the campaign keeps it."""
    for name, value in _policy_to_keep().items():
        setattr(campaign, name, value)


def security_people() -> list[Person]:
    """The security team: the people of its active logins, in the order in which they came."""
    return list(
        Person.objects.filter(user__role=Role.SECURITY, user__is_active=True).order_by("user__id")
    )


def _policy_to_keep() -> dict[str, Any]:
    standing = policy_in_force()
    return {"policy": asdict(standing.policy), "policy_version": standing.version}


def _locked_plan(campaign: Campaign) -> Campaign:
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.state != CampaignState.PLANNED:
        raise Conflict(f"{locked.title} has been launched: its plan cannot be changed any more.")
    return locked


def _check_quarter(quarter: str) -> None:
    if not re.fullmatch(r"20\d\d-Q[1-4]", quarter):
        raise WrongInput(f"{quarter!r} is no quarter: write a year and a quarter, as in 2026-Q4.")


def _end_of_day(day: date, zone: str) -> datetime:
    try:
        due_at = datetime.combine(day, time(23, 59, 59), ZoneInfo(zone))
    except (KeyError, ValueError) as error:
        raise WrongInput(f"{zone!r} is no time zone: write one like Europe/London.") from error
    if due_at < clock.now():
        raise WrongInput(f"The deadline {day} has passed: name a day from today on.")
    return due_at


def _scope(systems: Sequence[System] | None, left_out: Mapping[System, str]) -> list[System]:
    chosen = systems if systems is not None else System.objects.filter(retired_at=None)
    scope = sorted({s for s in chosen if s not in left_out}, key=lambda s: s.pk)
    if not scope:
        raise WrongInput("There is no system to review: import the accounts of one first.")
    if any(not reason.strip() for reason in left_out.values()):
        raise WrongInput("A system that is left out needs a reason.")
    return scope


def _name_systems(
    campaign: Campaign, scope: Sequence[System], left_out: Mapping[System, str]
) -> None:
    others = System.objects.filter(retired_at=None).exclude(pk__in=[s.pk for s in scope])
    reasons = {s.pk: reason for s, reason in left_out.items()}
    CampaignSystem.objects.bulk_create(
        [CampaignSystem(campaign=campaign, system=s, name=s.name) for s in scope]
        + [
            CampaignSystem(
                campaign=campaign,
                system=s,
                name=s.name,
                included=False,
                left_out_because=reasons.get(s.pk, "Not in the scope that was named."),
            )
            for s in others
        ]
    )
    refresh_systems(campaign)


def _name_fallback(campaign: Campaign, people: Sequence[Person]) -> None:
    CampaignFallback.objects.bulk_create(
        CampaignFallback(campaign=campaign, person=person, rank=rank)
        for rank, person in enumerate(dict.fromkeys(people))
    )
