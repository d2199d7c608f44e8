"""What waits for one person beside their sheets: questions, removals, what is asked again, and
what they are asked to judge as somebody independent."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

import clock
from accounts import rules
from accounts.models import User
from reviews.enums import CampaignState, RecheckState, RevocationState
from reviews.models import Question, Recheck, Revocation
from reviews.queries.checking import count_checks

TO_DO = (RevocationState.OPEN, RevocationState.FAILED)


@dataclass(frozen=True, slots=True)
class Waiting:
    questions: int
    removals: int
    overdue: int
    asked_again: int
    looks: int
    corrections: int


def questions_of(user: User) -> QuerySet[Question]:
    """Those put to the user that still need an answer."""
    mine = Q(asked_of=user.person_id) & Q(asked_of__isnull=False)
    if rules.may_run(user):
        mine |= Q(asked_of=None)
    return Question.objects.filter(mine & answerable())


def removals_of(user: User) -> QuerySet[Revocation]:
    """Those that are the user's to carry out."""
    mine = user.person_id
    return Revocation.objects.filter(
        Q(owner_person=mine) | Q(owner_team__lead=mine), state__in=TO_DO
    ).exclude(owner_person=None, owner_team=None)


def count_waiting(user: User) -> Waiting:
    removals = removals_of(user).aggregate(
        all=Count("id"), overdue=Count("id", filter=Q(due_at__lt=clock.now()))
    )
    return Waiting(
        questions_of(user).count(),
        removals["all"],
        removals["overdue"],
        rechecks_of(user).filter(state=RecheckState.ASKED).count(),
        *count_checks(user),
    )


def rechecks_of(user: User) -> QuerySet[Recheck]:
    """Those put to the user, and to the security team where nobody else can be asked."""
    mine = Q(person=user.person_id) & Q(person__isnull=False)
    if rules.may_run(user):
        mine |= Q(person=None)
    return Recheck.objects.filter(mine)


def rechecks_visible_to(user: User) -> QuerySet[Recheck]:
    return Recheck.objects.all() if rules.may_read_all(user) else rechecks_of(user)


def answerable() -> Q:
    """Without an answer, in a campaign that can still take one."""
    return Q(answered_at=None) & Q(item__campaign__state=CampaignState.OPEN)


def questions_visible_to(user: User) -> QuerySet[Question]:
    if rules.may_read_all(user):
        return Question.objects.all()
    return Question.objects.filter(asked_of=user.person_id, asked_of__isnull=False)


def may_answer(user: User, question: Question) -> bool:
    """Whoever was asked; the security team where the system has no owner."""
    if question.answered_at or question.item.campaign.state != CampaignState.OPEN:
        return False
    if question.asked_of_id is None:
        return rules.may_run(user)
    return question.asked_of_id == user.person_id
