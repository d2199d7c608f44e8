"""Revocations: ordered, sent out, carried out by hand, withdrawn while that is possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

import clock
from accounts import rules as account_rules
from accounts.enums import FindingState
from accounts.models import ExpectedRemoval, Finding, Person, User
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from reviews import rules
from reviews.actions import removal_notices
from reviews.actions.authority import acting_user
from reviews.enums import REVOCATION_MOVES, RISK_HOURS, Outcome, RevocationState, Risk
from reviews.models import Decision, ReviewItem, Revocation
from reviews.models.revocations import LIVE_REVOCATIONS

HOURS_TO_UNDO = 24
GONE_OUT = (
    "The removal has gone out already and cannot be undone here: have the access "
    "restored, and it comes up in the next review."
)


def order_for_items(
    item_ids: Sequence[int], *, actor: Actor, reason: str, at: datetime
) -> list[Revocation]:
    """Order the removal of each item that stands revoked; one that is under way stays as it is.

    Violations and leavers go out at once, the others at sign-off or after 24 hours.
    """
    items = list(
        ReviewItem.objects.filter(pk__in=item_ids).select_related("system__owner", "campaign")
    )
    under_way = _under_way(items)
    decisions = {
        d.item_id: d
        for d in Decision.objects.filter(item__in=item_ids, choice="revoke").order_by("id")
    }
    orders = Revocation.objects.bulk_create(
        [
            _order(item, decisions.get(item.pk), reason, at)
            for item in items
            if (item.account_id, item.entitlement_id) not in under_way
        ],
        batch_size=5_000,
    )
    _record(Verb.REVOCATION_ORDERED, orders, actor)
    send_out([o for o in orders if o.goes_out_at <= at], actor=actor)
    return orders


def order_again(
    decisions: Sequence[Decision], *, actor: Actor, reason: str, at: datetime
) -> list[Revocation]:
    """Order the removal of what was kept until a day and is kept no longer, and send it out.

    The orders belong to no campaign, since what was signed there stays as it is. What is under
    way already is left out.
    """
    under_way = _under_way([decision.item for decision in decisions])
    orders = {}
    for decision in decisions:
        item = decision.item
        if (item.account_id, item.entitlement_id) not in under_way:
            order = _order(item, decision, reason, at)
            order.campaign, order.goes_out_at = None, at
            orders[item.account_id, item.entitlement_id] = order
    Revocation.objects.bulk_create(orders.values(), batch_size=5_000)
    _record(Verb.REVOCATION_ORDERED, list(orders.values()), actor)
    send_out(list(orders.values()), actor=actor)
    return list(orders.values())


def _under_way(items: Sequence[ReviewItem]) -> set[tuple[int, int | None]]:
    return set(
        Revocation.objects.filter(
            state__in=LIVE_REVOCATIONS, account__in=[i.account_id for i in items]
        ).values_list("account_id", "entitlement_id")
    )


def order_at_once(item_id: int, *, actor: Actor, reason: str) -> None:
    """Order the removal of an item that stands revoked for good: there is no time to undo it."""
    orders = order_for_items([item_id], actor=actor, reason=reason, at=clock.now())
    send_out([o for o in orders if o.state == RevocationState.WAITING], actor=actor)


def has_gone_out(item: ReviewItem) -> bool:
    """Whether a removal of the item has left the house, or has been carried out."""
    kept_back = [RevocationState.WAITING, RevocationState.CANCELLED]
    return Revocation.objects.filter(item=item).exclude(state__in=kept_back).exists()


def _order(item: ReviewItem, decision: Decision | None, reason: str, at: datetime) -> Revocation:
    risk = rules.removal_risk(item)
    wait = timedelta(0) if risk == Risk.URGENT else timedelta(hours=HOURS_TO_UNDO)
    return Revocation(
        campaign_id=item.campaign_id,
        item=item,
        decision=decision,
        system_id=item.system_id,
        account_id=item.account_id,
        entitlement_id=item.entitlement_id,
        system_name=item.system_name,
        account_username=item.account_username or item.account_key,
        right=item.right,
        risk=risk,
        reason=reason,
        owner_person=item.system.owner,
        decided_at=at,
        goes_out_at=at + wait,
        due_at=at + timedelta(hours=RISK_HOURS[risk]),
    )


def order_for_finding(finding: Finding, *, actor: Actor, reason: str) -> Revocation:
    """Order the removal of what a finding is about, outside campaigns; it goes out at once."""
    if not reason.strip():
        raise WrongInput("Say why this access is to be removed.")
    with transaction.atomic():
        user = acting_user(actor)
        finding = (
            Finding.objects.select_for_update(of=("self",))
            .select_related("system__owner", "account", "grant__entitlement")
            .get(pk=finding.pk)
        )
        if not account_rules.may_act_for_system(user, finding.system):
            raise NotAllowed("Only the owner of the system or the security team orders this.")
        if finding.state != FindingState.OPEN:
            raise Conflict("This finding has been resolved: there is nothing left to remove.")
        entitlement = finding.grant.entitlement if finding.grant else None
        live = Revocation.objects.filter(
            account=finding.account, entitlement=entitlement, state__in=LIVE_REVOCATIONS
        ).first()
        if live:
            raise Conflict(f"The removal of {live} is under way already.")
        now = clock.now()
        order = Revocation.objects.create(
            finding=finding,
            system=finding.system,
            account=finding.account,
            entitlement=entitlement,
            system_name=finding.system.name,
            account_username=str(finding.account),
            right=str(entitlement) if entitlement else "",
            risk=Risk.URGENT,
            reason=reason.strip(),
            owner_person=finding.system.owner,
            decided_at=now,
            goes_out_at=now,
            due_at=now + timedelta(hours=RISK_HOURS[Risk.URGENT]),
        )
        _record(Verb.REVOCATION_ORDERED, [order], actor)
        send_out([order], actor=actor)
    return order


def withdraw_for_items(item_ids: Sequence[int], *, actor: Actor) -> None:
    """Cancel the waiting removals of items that do not stand revoked any more, which another
    person's revoke keeps them from; Conflict where one has gone out already."""
    if not item_ids:
        return
    live = list(
        Revocation.objects.select_for_update(of=("self",))
        .filter(item__in=item_ids, state__in=LIVE_REVOCATIONS)
        .exclude(item__outcome=Outcome.REVOKED)
        .order_by("pk")
    )
    if any(order.state != RevocationState.WAITING for order in live):
        raise Conflict(GONE_OUT)
    _cancel(live, actor)


def cancel_waiting(item_ids: Sequence[int], *, actor: Actor) -> None:
    """Cancel removals that have not gone out, of items that do not stand revoked any more."""
    waiting = (
        Revocation.objects.select_for_update(of=("self",))
        .filter(item__in=item_ids, state=RevocationState.WAITING)
        .exclude(item__outcome=Outcome.REVOKED)
    )
    _cancel(list(waiting.order_by("pk")), actor)


def _cancel(orders: Sequence[Revocation], actor: Actor) -> None:
    for order in orders:
        order.state = RevocationState.CANCELLED
    Revocation.objects.bulk_update(orders, ["state"], batch_size=5_000)
    _record(Verb.REVOCATION_WITHDRAWN, orders, actor)


def send_due(*, actor: Actor) -> int:
    """Send out every removal whose time to undo is over."""
    with transaction.atomic():
        due = list(
            Revocation.objects.select_for_update(skip_locked=True)
            .filter(state=RevocationState.WAITING, goes_out_at__lte=clock.now())
            .order_by("pk")[:5_000]
        )
        send_out(due, actor=actor)
    return len(due)


def send_out(orders: Sequence[Revocation], *, actor: Actor) -> None:
    """Make waiting removals work to be done: expected by the imports, told to their owners."""
    if not orders:
        return
    now = clock.now()
    for order in orders:
        order.state, order.sent_at = RevocationState.OPEN, now
    Revocation.objects.bulk_update(orders, ["state", "sent_at"], batch_size=5_000)
    ExpectedRemoval.objects.bulk_create(
        [
            ExpectedRemoval(
                account_id=o.account_id, entitlement_id=o.entitlement_id, ordered_at=o.decided_at
            )
            for o in orders
        ],
        ignore_conflicts=True,
        batch_size=5_000,
    )
    _record(Verb.REVOCATION_SENT, orders, actor)
    removal_notices.tell_removals(orders, actor=actor)


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What came of noting several removals done: a sentence for each that was refused."""

    done: list[Revocation]
    refused: dict[int, str]


def carry_out(order: Revocation, *, actor: Actor, note: str) -> Revocation:
    """Note that a removal was done by hand. Only a later import proves it."""
    _check_note(note)
    with transaction.atomic():
        user = acting_user(actor)
        order = Revocation.objects.select_for_update().get(pk=order.pk)
        _check_may_carry_out(user, order)
        _check_move(order, RevocationState.DONE)
        _mark_done([order], user, actor, note)
    return order


def carry_out_together(order_ids: Sequence[int], *, actor: Actor, note: str) -> CarriedOut:
    """Note of removals in one system that they were done by hand: one note, an event each.

    What is not the actor's or stands elsewhere by now is refused by itself; the others are done.
    """
    _check_note(note)
    with transaction.atomic():
        user = acting_user(actor)
        orders = list(
            Revocation.objects.select_for_update(of=("self",))
            .select_related("owner_team")
            .filter(pk__in=order_ids)
            .order_by("pk")
        )
        if len({order.system_id for order in orders}) > 1:
            raise WrongInput("Pick removals of one system: the note says how they were done there.")
        refused = {o.pk: why for o in orders if (why := _why_not_done(o, user))}
        done = [o for o in orders if o.pk not in refused]
        _mark_done(done, user, actor, note)
    return CarriedOut(done, refused)


def _why_not_done(order: Revocation, user: User) -> str:
    try:
        _check_may_carry_out(user, order)
        _check_move(order, RevocationState.DONE)
    except (NotAllowed, Conflict) as refusal:
        return str(refusal)
    return ""


def _check_note(note: str) -> None:
    if not note.strip():
        raise WrongInput("Write how it was removed, or the number of the outside ticket.")


def _check_may_carry_out(user: User, order: Revocation) -> None:
    if not may_act_on(user, order):
        raise NotAllowed("This removal is somebody else's to carry out.")


def _mark_done(orders: Sequence[Revocation], user: User, actor: Actor, note: str) -> None:
    now = clock.now()
    for order in orders:
        order.state, order.done_at = RevocationState.DONE, now
        order.done_by, order.note = user.person, note.strip()
    Revocation.objects.bulk_update(orders, ["state", "done_at", "done_by", "note"])
    _record(Verb.REVOCATION_DONE, orders, actor, {"note": note.strip()})


def may_act_on(user: User, order: Revocation) -> bool:
    """Whether ``user`` notes it done or hands it on: whose it is, or the security team."""
    return may_carry_out(user.person, order) or account_rules.may_run(user)


def may_carry_out(person: Person | None, order: Revocation) -> bool:
    """Whether a removal is ``person``'s to carry out: its owner, or the lead of its team."""
    if person is None:
        return False
    return order.owner_person_id == person.pk or bool(
        order.owner_team and order.owner_team.lead_id == person.pk
    )


def give_removal(order: Revocation, *, actor: Actor, to: Person) -> Revocation:
    """Hand a removal to another person."""
    with transaction.atomic():
        user = acting_user(actor)
        order = Revocation.objects.select_for_update().get(pk=order.pk)
        if not may_act_on(user, order):
            raise NotAllowed("Only its owner or the security team hands a removal on.")
        if order.state not in LIVE_REVOCATIONS:
            raise Conflict("This removal is over: there is nothing left to hand on.")
        if to.has_left(clock.today()):
            raise WrongInput(f"{to} is no longer here: hand it to somebody who is.")
        before, order.owner_person, order.owner_team = order.owner_person_id, to, None
        order.save(update_fields=["owner_person", "owner_team"])
        trail.record(
            Verb.REVOCATION_GIVEN,
            actor=actor,
            target=f"revocation:{order.pk}",
            data={"from": before, "to": to.pk},
            stream=stream_of(order),
        )
        removal_notices.tell_removals([order], actor=actor)
    return order


def stream_of(order: Revocation) -> str:
    return f"campaign:{order.campaign_id}" if order.campaign_id else trail.SYSTEM


def sign_off_orders(review_id: int, *, actor: Actor) -> None:
    """A sign-off ends the time to undo: what waits from this sheet goes out."""
    waiting = list(
        Revocation.objects.select_for_update()
        .filter(
            Q(item__review=review_id) | Q(item__second_review=review_id),
            state=RevocationState.WAITING,
        )
        .order_by("pk")
    )
    send_out(waiting, actor=actor)


def _check_move(order: Revocation, to: RevocationState) -> None:
    if to not in REVOCATION_MOVES[order.state]:
        raise Conflict(
            f'This removal stands at "{order.get_state_display()}": it cannot become "{to.label}".'
        )


def _record(
    verb: Verb,
    orders: Sequence[Revocation],
    actor: Actor,
    private: dict[str, str] | None = None,
) -> None:
    by_stream: dict[str, list[Revocation]] = {}
    for order in orders:
        by_stream.setdefault(stream_of(order), []).append(order)
    for stream, group in by_stream.items():
        trail.record_many(
            verb,
            actor=actor,
            stream=stream,
            rows=(
                trail.EventRow(
                    f"revocation:{o.pk}",
                    {
                        "item": o.item_id,
                        "finding": o.finding_id,
                        "account": o.account_id,
                        "entitlement": o.entitlement_id,
                        "state": str(o.state),
                        "risk": str(o.risk),
                        "due": trail.moment(o.due_at),
                        "owner": o.owner_person_id,
                    },
                    private or ({"reason": o.reason} if o.reason else {}),
                )
                for o in group
            ),
        )
