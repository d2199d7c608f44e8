"""Exceptions as they are listed: what waits first, then what is granted, by its end."""

from django.db.models import Case, Q, QuerySet, Value, When

from accounts import rules
from accounts.models import User
from reviews.enums import ExceptionState
from reviews.models import Review, RuleException


def exceptions_visible_to(user: User) -> QuerySet[RuleException]:
    """All of them to those who may read everything, else those that one has asked for."""
    if rules.may_read_all(user):
        return RuleException.objects.all()
    return RuleException.objects.filter(asked_by=user.person_id, asked_by__isnull=False)


def in_order(rows: QuerySet[RuleException]) -> QuerySet[RuleException]:
    """With what a list shows of each; ``rank`` is 0 for what is asked for, 1 for granted."""
    rank = Case(
        When(state=ExceptionState.ASKED, then=Value(0)),
        When(state=ExceptionState.GRANTED, then=Value(1)),
        default=Value(2),
    )
    return rows.select_related("item__campaign", "item__system").annotate(rank=rank)


def count_asked() -> int:
    return RuleException.objects.filter(state=ExceptionState.ASKED).count()


def exceptions_of(review: Review) -> list[RuleException]:
    """Those that live on items of a sheet, at either stage."""
    on_sheet = Q(item__review=review) | Q(item__second_review=review)
    return list(
        RuleException.objects.filter(
            on_sheet, state__in=[ExceptionState.ASKED, ExceptionState.GRANTED]
        )
        .select_related("item")
        .order_by("item__holder_name", "id")
    )
