"""Launching: one transaction freezes what every item said and who judges it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

import clock
from accounts.actors import user_of
from accounts.models import ImportFile, User
from audit import sealing, trail
from audit.actors import Actor
from audit.canonical import JSON
from audit.verbs import Verb
from jobs.models import Job, JobState
from jobs.queue import enqueue
from reviews import launch
from reviews.actions.authority import require_campaign_runner, require_second_person
from reviews.actions.following import follow_imports
from reviews.actions.planning import refresh_systems, take_policy
from reviews.enums import CampaignState
from reviews.launch import gates, preview
from reviews.launch.freeze import exclusions_root, freeze, scope_root
from reviews.launch.gates import MAY_BE_ACKNOWLEDGED, Closed, GateClosed
from reviews.models import Campaign


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Leave to go on although a gate is closed: the reason, and another person who gives it."""

    reason: str
    by: User


def start_launch(campaign: Campaign, *, actor: Actor) -> Job:
    """Have the campaign launched in the background; pressing twice makes one launch."""
    with transaction.atomic():
        require_campaign_runner(actor)
        over = Job.objects.filter(
            kind="reviews.launch",
            payload__campaign=campaign.pk,
            state__in=[JobState.DONE, JobState.FAILED],
        )
        return enqueue(
            "reviews.launch",
            key=f"launch:{campaign.pk}:{over.count()}",
            payload={"campaign": campaign.pk, "user": actor.user_id, "request": actor.request},
        )


def launch_campaign(
    campaign: Campaign, *, actor: Actor, acknowledgement: Acknowledgement | None = None
) -> Campaign:
    """Open a planned campaign; one that is open or closed comes back as it is.

    Raises GateClosed, after recording the refusal, when a gate is closed and nobody else has
    acknowledged it; the campaign is then as before.
    """
    follow_imports(actor=actor)
    try:
        with transaction.atomic():
            campaign = _launch(campaign, actor, acknowledgement)
    except GateClosed as refusal:
        _record_refusal(campaign, actor, refusal.gates)
        raise
    return campaign


def _launch(campaign: Campaign, actor: Actor, acknowledgement: Acknowledgement | None) -> Campaign:
    require_campaign_runner(actor)
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.state != CampaignState.PLANNED:
        return campaign
    now = clock.now()
    refresh_systems(campaign)
    take_policy(campaign)
    launch.build(campaign)
    _pass_gates(campaign, actor, acknowledgement)
    freeze(campaign, now=now, approved_by=_launcher_name(actor))
    _open(campaign, actor, now)
    enqueue("reviews.seal", key=f"seal:launch:{campaign.pk}", payload={"stream": campaign.stream})
    enqueue(
        "reviews.announce",
        key=f"announce:{campaign.pk}",
        payload={"campaign": campaign.pk},
    )
    return campaign


def seal_launch(campaign: Campaign) -> None:
    """Sign a checkpoint of the campaign's stream; call it after the launch has committed."""
    sealing.seal()
    sealing.publish_checkpoint(campaign.stream)


def _pass_gates(campaign: Campaign, actor: Actor, acknowledgement: Acknowledgement | None) -> None:
    closed = gates.find_closed(campaign)
    if acknowledgement and closed:
        require_second_person(acknowledgement.by, actor, asked_by=actor.ref)
        campaign.override_asked_by_ref = actor.ref
        campaign.acknowledged_by_ref = acknowledgement.by.ref
        campaign.acknowledged_reason = acknowledgement.reason
        covered = {(gate.gate, gate.subject) for gate in closed}
    elif campaign.acknowledged_by_ref:
        covered = {(gate["gate"], gate["subject"]) for gate in campaign.gates}
    else:
        covered = set()
    remaining = [
        gate
        for gate in closed
        if gate.gate not in MAY_BE_ACKNOWLEDGED or (gate.gate, gate.subject) not in covered
    ]
    if remaining:
        raise GateClosed(remaining)
    campaign.gates = [gate.as_json() for gate in closed]


def _open(campaign: Campaign, actor: Actor, now: datetime) -> None:
    plan = preview.read_plan()
    campaign.state = CampaignState.OPEN
    campaign.launched_at, campaign.launched_by_ref = now, actor.ref
    campaign.in_scope, campaign.items_count = plan["in_scope"], plan["items"]
    campaign.exclusions_count = plan["exclusions"]
    campaign.without_manager = plan["without_manager"]
    campaign.second_person_missing = plan["second_person_missing"]
    campaign.scope_root = scope_root(campaign)
    campaign.save()
    trail.record(
        Verb.CAMPAIGN_LAUNCHED,
        actor=actor,
        target=f"campaign:{campaign.pk}",
        data={
            "in_scope": campaign.in_scope,
            "items": campaign.items_count,
            "exclusions": campaign.exclusions_count,
            "scope_root": campaign.scope_root,
            "exclusions_root": exclusions_root(campaign),
            "reviewers": plan["reviewers"],
            "without_manager": campaign.without_manager,
            "second_person_missing": campaign.second_person_missing,
            "due": trail.moment(campaign.due_at),
            "policy_version": campaign.policy_version,
            "gates": [gate["gate"] for gate in campaign.gates],
            "acknowledged_by": campaign.acknowledged_by_ref,
            "imports": _imports(campaign),
        },
        private={"acknowledged_reason": campaign.acknowledged_reason},
        stream=campaign.stream,
    )


def _imports(campaign: Campaign) -> list[dict[str, JSON]]:
    """The runs whose picture was frozen, each with the digests of the files that it read."""
    runs = dict(
        campaign.systems.filter(included=True, run__isnull=False).values_list("run_id", "system_id")
    )
    digests: dict[int, list[JSON]] = {run: [] for run in runs}
    for file in ImportFile.objects.filter(run__in=runs).order_by("run", "place"):
        digests[file.run_id].append(file.sha256)
    return [{"run": run, "system": runs[run], "files": digests[run]} for run in sorted(runs)]


def _launcher_name(actor: Actor) -> str:
    user = user_of(actor)
    return str(user) if user else actor.ref.removeprefix("system:")


def _record_refusal(campaign: Campaign, actor: Actor, closed: list[Closed]) -> None:
    with transaction.atomic():
        trail.record(
            Verb.CAMPAIGN_LAUNCH_REFUSED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={"gates": [gate.gate for gate in closed]},
            stream=campaign.stream,
        )


def reviewers_of(campaign: Campaign) -> int:
    """How many different people judge at the first stage."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT r.reviewer_id) FROM reviews_reviewitem i"
            " JOIN reviews_review r ON r.id = i.review_id WHERE i.campaign_id = %s",
            [campaign.pk],
        )
        (count,) = cursor.fetchone() or (0,)
    return int(count)
