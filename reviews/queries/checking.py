"""What waits for somebody independent: second looks and corrections, and who may see them."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import rules
from accounts.models import User
from reviews.enums import CampaignState, CorrectionState, DecisionState, LookResult, Outcome
from reviews.models import Campaign, Correction, Decision, SecondLook

OVER = (Outcome.GONE, Outcome.NOT_REVIEWED)
NOT_KEPT = (*OVER, Outcome.REVOKED)
WITH_LOOK = (
    "item__campaign",
    "item__account",
    "item__review",
    "item__second_review",
    "decision",
    "review",
    "looker",
    "looked_by",
)
WITH_CORRECTION = (
    "item__campaign",
    "item__account",
    "item__review",
    "item__second_review",
    "decision",
    "asked_by",
    "answered_by",
    "new_decision",
)


def to_look_at() -> Q:
    """Not answered, and about a keep that still stands in a campaign that can take an answer."""
    return Q(
        result=LookResult.OPEN,
        decision__state=DecisionState.STANDING,
        item__campaign__state=CampaignState.OPEN,
    ) & ~Q(item__outcome__in=NOT_KEPT)


def to_answer() -> Q:
    return Q(state=CorrectionState.ASKED, item__campaign__state=CampaignState.OPEN)


def open_looks_of(campaign: Campaign) -> QuerySet[SecondLook]:
    return SecondLook.objects.filter(to_look_at(), item__campaign=campaign)


def looks_visible_to(user: User) -> QuerySet[SecondLook]:
    """Those that went to the user; all of them to those who may read everything."""
    looks = SecondLook.objects.select_related(*WITH_LOOK)
    if rules.may_read_all(user):
        return looks
    return looks.filter(looker=user.person_id, looker__isnull=False)


def corrections_visible_to(user: User) -> QuerySet[Correction]:
    """Those that one asked for, those of items that one judges at the other stage, and all of
    them to those who may read everything; but nobody learns from one what the other of two
    chose before they have decided themselves."""
    corrections = Correction.objects.select_related(*WITH_CORRECTION)
    mine, reads_all = user.person_id, rules.may_read_all(user)
    if mine is None or not user.is_active:
        return corrections if reads_all else corrections.none()
    judged = Q(item__review__reviewer=mine) | Q(item__second_review__reviewer=mine)
    decided = Exists(
        Decision.objects.filter(item=OuterRef("item"), person=mine, state=DecisionState.STANDING)
    )
    seen = Q(asked_by=mine) | (judged & Q(decided))
    return corrections.filter(seen | ~judged if reads_all else seen)


def next_look(user: User, after: int) -> SecondLook | None:
    """The next one that went to the user, behind ``after`` first."""
    mine = looks_visible_to(user).filter(to_look_at(), looker=user.person_id)
    return mine.filter(pk__gt=after).order_by("pk").first() or mine.order_by("pk").first()


def count_checks(user: User) -> tuple[int, int]:
    """How many second looks and how many corrections wait for the user."""
    mine = user.person_id
    if mine is None:
        return 0, 0
    looks = SecondLook.objects.filter(to_look_at(), looker=mine).count()
    corrections = corrections_visible_to(user).filter(to_answer()).exclude(asked_by=mine)
    return looks, corrections.count() if _may_answer_any(user) else 0


def _may_answer_any(user: User) -> bool:
    return rules.may_run(user) or not rules.may_read_all(user)
