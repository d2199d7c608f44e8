"""Pure predicates of the reviews: who may judge what, and what a decision needs."""

from datetime import date, timedelta
from typing import TypeAlias

import clock
from accounts.enums import AccountType, DataClass, LastUse, PersonStatus, Severity
from accounts.insights import Policy
from accounts.models import Account, User
from accounts.rules import may_run
from reviews.enums import Choice, Lane, Risk, Stage
from reviews.models import Campaign, Correction, Review, ReviewItem, SecondLook
from reviews.queries.locked import LockedItem

Item: TypeAlias = ReviewItem | LockedItem
Held: TypeAlias = Account | LockedItem

MAY_REVIEW = (PersonStatus.ACTIVE, PersonStatus.UNKNOWN)
# A violation of these kinds can be corrected on the sheet by naming what is missing.
CORRECTABLE = frozenset({"S12", "S13", "S15", "S16", "S17"})


def credential_holder_id(account: Held) -> int | None:
    """Who holds the credential: the operator where one is named, else the owner."""
    return account.operator_id or account.owner_person_id


def is_own_access(person_id: int | None, account: Held) -> bool:
    """Whether judging ``account`` would be judging one's own access."""
    return person_id is not None and person_id in {
        account.person_id,
        credential_holder_id(account),
    }


def may_answer_correction(user: User, correction: Correction) -> bool:
    """Another person than the one who asks: of the security team, an administrator, or the
    other one of two who judge the item; never about their own access."""
    item, person = correction.item, user.person_id
    if not user.is_active or person is None or is_own_access(person, item.account):
        return False
    if person in {correction.asked_by_id, correction.decision.person_id}:
        return False
    return may_run(user) or person == _other_reviewer_id(item, correction.stage)


def may_look_again(user: User, look: SecondLook) -> bool:
    """Whom the look went to, or the security team; nobody who judged the item or holds it."""
    item, person = look.item, user.person_id
    if not user.is_active or person is None or is_own_access(person, item.account):
        return False
    judges = {look.review.reviewer_id, look.decision.person_id, item.review.reviewer_id}
    if item.second_review:
        judges.add(item.second_review.reviewer_id)
    return person not in judges and (person == look.looker_id or may_run(user))


def _other_reviewer_id(item: ReviewItem, stage: int) -> int | None:
    other = item.second_review if stage == Stage.FIRST else item.review
    return other.reviewer_id if other else None


def violations(item: Item) -> list[str]:
    """The rules that ``item`` breaks and that nothing has put right since launch."""
    return [
        i["rule"]
        for i in item.insights
        if i["outcome"] == Severity.VIOLATION and i["rule"] not in item.corrected
    ]


def needs_reason(item: Item, choice: str) -> bool:
    """Revoking always; keeping where the risk asks for it (product rule of steps 6 and 7)."""
    if choice == Choice.REVOKE:
        return True
    if choice == Choice.DONT_KNOW:
        return False
    if item.lane == Lane.MUST_LOOK:
        return True
    unused = item.last_use == LastUse.NEVER or item.worst == Severity.REVOKE
    careful = item.data_class == DataClass.CUSTOMER
    return careful and (item.is_new or bool(item.changes) or unused)


def removal_risk(item: ReviewItem) -> Risk:
    """What sets the deadline of a removal, worst first."""
    if any(i["outcome"] == Severity.VIOLATION for i in item.insights):
        return Risk.URGENT
    if item.holder_status in {PersonStatus.LEFT, PersonStatus.GONE}:
        return Risk.URGENT
    if item.privileged or item.data_class == DataClass.CUSTOMER:
        return Risk.HIGH
    return Risk.NORMAL


def stage_of(item: Item, review: Review) -> Stage | None:
    """At which stage ``item`` lies on the sheet; None where it does not lie there any more."""
    if item.review_id == review.pk:
        return Stage.FIRST
    if item.second_review_id == review.pk:
        return Stage.SECOND
    return None


def version_of(item: Item, stage: Stage) -> int:
    return item.version if stage == Stage.FIRST else item.second_version


def why_not(item: LockedItem, choice: str, reason: str, until: date | None = None) -> str:
    """Why ``choice`` cannot stand on ``item``, in a sentence; blank where it can."""
    if choice in {Choice.CERTIFY, Choice.CERTIFY_UNTIL}:
        # An exception is leave to keep it although its owner or purpose is missing.
        asked = "" if violations(item) else unanswered_question(item, choice)
        if refusal := why_forbidden(item, until) or asked:
            return refusal
    if needs_reason(item, choice) and not reason.strip():
        return "Say why in a few words: this decision needs a reason."
    return ""


def why_forbidden(item: Item, until: date | None) -> str:
    """Why a rule forbids to keep ``item`` until that day, or for good, in a sentence.

    What a rule forbids is kept by an exception only, and exactly until the exception ends.
    """
    if violations(item) and (until is None or until != item.excepted_until):
        return _forbidden(item)
    return ""


def _forbidden(item: Item) -> str:
    if item.excepted_until:
        return (
            f"An exception allows this until {item.excepted_until:%-d %B %Y}: keep it until that "
            "day, or revoke it."
        )
    return (
        "A rule forbids this access as it is, so it cannot simply be kept: put right what is "
        "missing, ask for an exception, or revoke it."
    )


def unanswered_question(item: LockedItem, choice: str) -> str:
    """What the type of an account still asks of whoever keeps it, in a sentence."""
    if item.unconfirmed:
        return (
            "A service account is kept only with an owner and a purpose that you have confirmed: "
            "confirm them as the row shows them now, or correct them."
        )
    if item.unexplained:
        return "It was used in an emergency: explain each use first, then keep it."
    has_end = item.ends is not None and item.ends > clock.today()
    if item.account_type == AccountType.TEMPORARY and choice == Choice.CERTIFY and not has_end:
        return "A temporary account is kept until a day: say until when."
    return ""


def latest_end(campaign: Campaign) -> date:
    """The last day until which a temporary account may be kept, by the campaign's policy."""
    return clock.today() + timedelta(days=Policy(**campaign.policy).temporary_total)


def end_limit(item: ReviewItem) -> date | None:
    """The last day until which ``item`` may be kept; None where the policy sets none."""
    return latest_end(item.campaign) if item.account_type == AccountType.TEMPORARY else None


def ends_too_late(account_type: str, until: date | None, latest: date) -> str:
    """Why a temporary account cannot last until ``until``, in a sentence; blank where it can."""
    if account_type == AccountType.TEMPORARY and until and until > latest:
        return f"A temporary account is kept until {latest:%-d %B %Y} at the latest."
    return ""
