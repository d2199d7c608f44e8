"""Putting a violation right on the sheet: name what is missing, and the item can be judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db import transaction

import clock
from accounts import insights
from accounts.actions import accounts as account_actions
from accounts.actions.registers import explain_use, register_account
from accounts.enums import AccountType, RegistrationKind
from accounts.models import Account, Person, Team
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions.authority import acting_user
from reviews.actions.confirming import record_confirmations
from reviews.actions.seats import Seat, refuse_own_access, require_delegated, take_seat
from reviews.enums import CampaignState, ReviewState
from reviews.models import Review, ReviewItem
from reviews.queries.today import accounts_today


class Shared(NamedTuple):
    """That an account is shared by several people, until a day, and why."""

    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Naming:
    """What a violation lacked, as far as it is named now; ``explained`` says by the id of an
    emergency use what it was for."""

    purpose: str = ""
    owner: Person | Team | None = None
    sponsor: Person | None = None
    end: date | None = None
    holder: Person | None = None
    shared: Shared | None = None
    explained: Mapping[int, str] = field(default_factory=dict)


def correct_item(review: Review, item: ReviewItem, *, actor: Actor, naming: Naming) -> ReviewItem:
    """Name what a violation lacks; the rules that hold then are struck from the item.

    What was frozen at launch stays as it was: the correction stands beside it. Whoever corrects
    a service account, or leaves it as it is, has confirmed its owner and purpose where it has
    both. Raises WrongInput where nothing is named and nothing is confirmed.
    """
    with transaction.atomic():
        seat = take_seat(review, acting_user(actor))
        item = (
            ReviewItem.objects.select_for_update(of=("self",), no_key=True)
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
        latest = rules.latest_end(item.campaign)
        if too_late := rules.ends_too_late(item.account_type, naming.end, latest):
            raise WrongInput(too_late)
        named = _apply(item.account, actor, naming)
        confirmed = _confirm(item, seat, actor)
        if not named and not confirmed:
            raise WrongInput("Name what is missing: a purpose, an owner, a sponsor or an end date.")
        item.account.refresh_from_db()
        for each in _same_account(item):
            _strike(each, named)
        if named:
            trail.record(
                Verb.ITEM_CORRECTED,
                actor=actor,
                target=f"item:{item.pk}",
                data={"named": named, "rules": sorted(item.corrected), **seat.names},
                stream=item.campaign.stream,
            )
    return item


def _confirm(item: ReviewItem, seat: Seat, actor: Actor) -> bool:
    """Take what a service account says of owner and purpose as confirmed, where it says both."""
    today = accounts_today([item.account_id])[item.account_id]
    if item.account_type != AccountType.SERVICE or not today.is_complete:
        return False
    record_confirmations(
        {item.pk: today},
        campaign=item.campaign,
        person=seat.person,
        actor=actor,
        at=clock.now(),
    )
    return True


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
    return named + _register(account, actor, naming)


def _register(account: Account, actor: Actor, naming: Naming) -> list[str]:
    """The same for what is registered of it: that it is shared, and what its uses were for."""
    named = []
    if naming.shared is not None:
        kind, (until, reason) = RegistrationKind.SHARED, naming.shared
        register_account(
            account, actor=actor, kind=kind, until=until, reason=reason, as_reviewer=True
        )
        named.append("shared")
    for use in account.emergency_uses.filter(pk__in=naming.explained).order_by("used_at"):
        explain_use(use, actor=actor, explanation=naming.explained[use.pk], as_reviewer=True)
        named.append("use")
    return named


def _same_account(item: ReviewItem) -> list[ReviewItem]:
    """The item and the others of its account in the campaign: what is named holds for all."""
    others = (
        ReviewItem.objects.select_for_update(of=("self",), no_key=True)
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
