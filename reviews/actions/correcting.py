"""Putting a violation right on the sheet: name what is missing, and the item can be judged."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

import clock
from accounts import insights
from accounts.actions import accounts as account_actions
from accounts.models import Account, Person, Team
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions.authority import acting_user
from reviews.actions.seats import refuse_own_access, require_delegated, take_seat
from reviews.enums import CampaignState, ReviewState
from reviews.models import Review, ReviewItem


@dataclass(frozen=True, slots=True)
class Naming:
    """What a violation lacked, as far as it is named now."""

    purpose: str = ""
    owner: Person | Team | None = None
    sponsor: Person | None = None
    end: date | None = None
    holder: Person | None = None


def correct_item(review: Review, item: ReviewItem, *, actor: Actor, naming: Naming) -> ReviewItem:
    """Name what a violation lacks; the rules that hold then are struck from the item.

    What was frozen at launch stays as it was: the correction stands beside it. Raises
    WrongInput where nothing is named.
    """
    with transaction.atomic():
        seat = take_seat(review, acting_user(actor))
        item = (
            ReviewItem.objects.select_for_update(of=("self",))
            .select_related("account", "campaign")
            .get(pk=item.pk)
        )
        stage = rules.stage_of(item, review)
        if stage is None:
            raise NotAllowed("This item is not on your sheet.")
        refuse_own_access(seat, item.account)
        require_delegated(seat, [item.pk])
        if review.state != ReviewState.OPEN or item.campaign.state != CampaignState.OPEN:
            raise Conflict("This sheet is closed: nothing can be put right on it any more.")
        named = _apply(item.account, actor, naming)
        if not named:
            raise WrongInput("Name what is missing: a purpose, an owner, a sponsor or an end date.")
        item.account.refresh_from_db()
        for each in _same_account(item):
            _strike(each, named)
        trail.record(
            Verb.ITEM_CORRECTED,
            actor=actor,
            target=f"item:{item.pk}",
            data={"named": named, "rules": sorted(item.corrected), **seat.names},
            stream=item.campaign.stream,
        )
    return item


def _apply(account: Account, actor: Actor, naming: Naming) -> list[str]:
    """Call the verb of each thing that was named; which they were comes back."""
    named = []
    if naming.purpose.strip():
        account_actions.name_purpose(account, actor=actor, purpose=naming.purpose, as_reviewer=True)
        named.append("purpose")
    if naming.owner is not None:
        account_actions.name_owner(account, actor=actor, owner=naming.owner, as_reviewer=True)
        named.append("owner")
    if naming.sponsor is not None:
        account_actions.name_sponsor(account, actor=actor, sponsor=naming.sponsor, as_reviewer=True)
        named.append("sponsor")
    if naming.end is not None:
        account_actions.set_end_date(account, actor=actor, expires=naming.end, as_reviewer=True)
        named.append("end")
    if naming.holder is not None:
        account_actions.link_account(account, actor=actor, person=naming.holder, as_reviewer=True)
        named.append("holder")
    return named


def _same_account(item: ReviewItem) -> list[ReviewItem]:
    """The item and the others of its account in the campaign: what is named holds for all."""
    others = (
        ReviewItem.objects.select_for_update(of=("self",))
        .select_related("campaign")
        .filter(campaign=item.campaign_id, account=item.account_id)
        .exclude(pk=item.pk)
        .order_by("pk")
    )
    return [item, *others]


def _strike(item: ReviewItem, named: list[str]) -> None:
    """Note which of the frozen violations the facts of today do not show any more."""
    now_broken = insights.violations_of(item.account_id, insights.Policy(**item.campaign.policy))
    struck = [
        rule
        for rule in rules.violations(item)
        if rule in rules.CORRECTABLE and rule not in now_broken
    ]
    if struck:
        note = {"named": named, "at": clock.now().isoformat()}
        item.corrected.update(dict.fromkeys(struck, note))
        item.version += 1
        item.save(update_fields=["corrected", "version"])
