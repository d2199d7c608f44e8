"""Closing a campaign: what is undecided is not reviewed, and gaps need an approver's name."""

from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Greatest

import clock
from accounts.models import System
from audit import sealing, trail
from audit.actors import Actor
from audit.errors import Conflict, WrongInput
from audit.verbs import Verb
from jobs.queue import enqueue
from reviews.actions import notices
from reviews.actions.authority import (
    acting_user,
    require_campaign_runner,
    require_second_person,
)
from reviews.actions.following import follow_imports
from reviews.actions.launching import Acknowledgement
from reviews.actions.revoking import send_out
from reviews.enums import CampaignState, Outcome, ReviewState, RevocationState
from reviews.launch.gates import Closed, GateClosed
from reviews.models import Campaign, Correction, Review, ReviewItem, Revocation
from reviews.models.revocations import LIVE_REVOCATIONS
from reviews.queries.checking import open_looks_of, to_answer


def close_campaign(
    campaign: Campaign, *, actor: Actor, with_gaps: Acknowledgement | None = None
) -> Campaign:
    """Close an open campaign for good; one that is closed comes back as it is.

    Raises GateClosed, after recording the refusal, where there are gaps and nobody else
    approves of closing with them: anything not reviewed, uncovered, unproved, not signed or not
    looked at again.
    """
    follow_imports(actor=actor)
    try:
        with transaction.atomic():
            return _close(campaign, actor, with_gaps)
    except GateClosed as refusal:
        with transaction.atomic():
            trail.record(
                Verb.CAMPAIGN_CLOSE_REFUSED,
                actor=actor,
                target=f"campaign:{campaign.pk}",
                data={"gaps": [gap.gate for gap in refusal.gates]},
                stream=campaign.stream,
            )
        raise


def request_close(campaign: Campaign, *, actor: Actor, reason: str) -> Campaign:
    """Ask another person for leave to close although there are gaps."""
    if not reason.strip():
        raise WrongInput("Say why the campaign may be closed all the same.")
    with transaction.atomic():
        require_campaign_runner(actor)
        campaign = _locked_open(campaign)
        gaps = find_gaps(campaign)
        if not gaps:
            raise WrongInput("There are no gaps: the campaign can be closed as it is.")
        campaign.gaps = [gap.as_json() for gap in gaps]
        campaign.gaps_asked_by_ref, campaign.gaps_reason = actor.ref, reason.strip()
        campaign.save(update_fields=["gaps", "gaps_asked_by_ref", "gaps_reason"])
        trail.record(
            Verb.CAMPAIGN_CLOSE_REQUESTED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={"gaps": [gap.gate for gap in gaps]},
            private={"reason": reason.strip()},
            stream=campaign.stream,
        )
    return campaign


def approve_close(campaign: Campaign, *, actor: Actor) -> Campaign:
    """Close with gaps by the leave of a second person, for whoever asked."""
    approver = acting_user(actor)
    campaign = Campaign.objects.get(pk=campaign.pk)
    if not campaign.gaps_asked_by_ref:
        raise Conflict("Nobody asks for leave to close this campaign any more.")
    require_second_person(approver, Actor.system("close"), asked_by=campaign.gaps_asked_by_ref)
    return close_campaign(
        campaign,
        actor=_asker(campaign, actor),
        with_gaps=Acknowledgement(campaign.gaps_reason, approver),
    )


def _asker(campaign: Campaign, approver: Actor) -> Actor:
    """Who asked for the closing, acting by the approver's request."""
    kind, _, number = campaign.gaps_asked_by_ref.partition(":")
    if kind != "user":
        return Actor.system(number, approver.channel)
    return Actor.user(int(number), approver.channel, request=approver.request)


def _locked_open(campaign: Campaign) -> Campaign:
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.state != CampaignState.OPEN:
        raise Conflict(f"{locked.title} is not open.")
    return locked


def seal_close(campaign: Campaign) -> None:
    """Sign a checkpoint of the campaign's stream; call it after the closing has committed."""
    sealing.seal()
    sealing.publish_checkpoint(campaign.stream)


def find_gaps(campaign: Campaign) -> list[Closed]:
    """What would be left open by closing now, each in a sentence."""
    gaps = []
    undecided = ReviewItem.objects.filter(campaign=campaign, outcome=Outcome.OPEN).count()
    if undecided:
        gaps.append(Closed("not_reviewed", "", f"{undecided:,} items are not reviewed."))
    for part in campaign.systems.filter(included=True, run=None):
        gaps.append(
            Closed("uncovered", f"system:{part.system_id}", f"{part.name} was not covered.")
        )
    unsigned = _unsigned_sheets(campaign).count()
    if unsigned:
        gaps.append(Closed("unsigned", "", f"{unsigned:,} sheets are not signed off."))
    unproved = Revocation.objects.filter(campaign=campaign, state__in=LIVE_REVOCATIONS).count()
    if unproved:
        gaps.append(Closed("unproved", "", f"{unproved:,} removals are not proved yet."))
    return gaps + _unchecked(campaign)


def _unchecked(campaign: Campaign) -> list[Closed]:
    """Second looks and corrections that nobody has answered."""
    looks = open_looks_of(campaign).count()
    asked = Correction.objects.filter(to_answer(), item__campaign=campaign).count()
    gaps = []
    if looks:
        gaps.append(Closed("second_looks", "", f"{looks:,} second looks are not answered."))
    if asked:
        gaps.append(Closed("corrections", "", f"{asked:,} corrections are not answered."))
    return gaps


def _unsigned_sheets(campaign: Campaign) -> Any:
    decided = Q(items__outcome__in=[Outcome.CERTIFIED, Outcome.CERTIFIED_UNTIL, Outcome.REVOKED])
    second = Q(
        second_items__outcome__in=[Outcome.CERTIFIED, Outcome.CERTIFIED_UNTIL, Outcome.REVOKED]
    )
    return Review.objects.filter(
        decided | second, campaign=campaign, state=ReviewState.OPEN
    ).distinct()


def _close(campaign: Campaign, actor: Actor, with_gaps: Acknowledgement | None) -> Campaign:
    require_campaign_runner(actor)
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if campaign.state == CampaignState.CLOSED:
        return campaign
    if campaign.state == CampaignState.PLANNED:
        raise GateClosed([Closed("planned", "", "This campaign has not been launched.")])
    gaps = find_gaps(campaign)
    if gaps and with_gaps is None:
        raise GateClosed(gaps)
    if gaps and with_gaps is not None:
        require_second_person(with_gaps.by, actor, asked_by=actor.ref)
        campaign.gaps = [gap.as_json() for gap in gaps]
        campaign.gaps_reason = with_gaps.reason
        campaign.gaps_approved_by_ref = with_gaps.by.ref
    _leave_unreviewed(campaign, actor)
    waiting = Revocation.objects.select_for_update().filter(
        campaign=campaign, state=RevocationState.WAITING
    )
    send_out(list(waiting.order_by("pk")), actor=actor)
    campaign.state, campaign.closed_at = CampaignState.CLOSED, clock.now()
    campaign.closed_by_ref, campaign.totals = actor.ref, count_totals(campaign)
    campaign.save()
    _note_what_was_judged(campaign)
    trail.record(
        Verb.CAMPAIGN_CLOSED,
        actor=actor,
        target=f"campaign:{campaign.pk}",
        data={
            "totals": campaign.totals,
            "gaps": [gap.gate for gap in gaps],
            "approved_by": campaign.gaps_approved_by_ref,
        },
        private={"reason": campaign.gaps_reason} if campaign.gaps_reason else {},
        stream=campaign.stream,
    )
    notices.tell_closed(campaign, actor=actor)
    enqueue("reviews.seal", key=f"seal:close:{campaign.pk}", payload={"stream": campaign.stream})
    return campaign


def _note_what_was_judged(campaign: Campaign) -> None:
    """Write down to the systems as of when the facts were that this campaign judged: what an
    account did before that has been looked at."""
    covered = campaign.systems.filter(included=True, run__isnull=False)
    read_at = covered.filter(system=OuterRef("pk")).values("run__read_at")
    System.objects.filter(pk__in=covered.values("system")).update(
        reviewed_as_of=Greatest("reviewed_as_of", Subquery(read_at))
    )


def _leave_unreviewed(campaign: Campaign, actor: Actor) -> None:
    """Never kept silently: what nobody decided ends as not reviewed, one event an item."""
    left = ReviewItem.objects.filter(campaign=campaign, outcome=Outcome.OPEN)
    ids = list(left.order_by("pk").values_list("pk", flat=True))
    left.update(outcome=Outcome.NOT_REVIEWED, outcome_at=clock.now())
    trail.record_many(
        Verb.ITEM_NOT_REVIEWED,
        actor=actor,
        stream=campaign.stream,
        rows=(trail.EventRow(f"item:{pk}", {}) for pk in ids),
    )


def count_totals(campaign: Campaign) -> dict[str, int]:
    """Items by outcome, every outcome named, and their sum."""
    counted = dict(
        ReviewItem.objects.filter(campaign=campaign)
        .order_by()
        .values_list("outcome")
        .annotate(n=Count("id"))
    )
    totals = {str(outcome): counted.get(outcome, 0) for outcome in Outcome.values}
    return {**totals, "items": sum(totals.values())}
