"""Deciding many items at once, beside the guarded UPDATE of as many on the same table."""

from typing import Any

from django.db import connection, transaction

import clock
from accounts.enums import AccountType
from accounts.models import User
from audit import sealing
from audit.actors import Actor, Channel
from bench import company
from bench.launching import campaign
from bench.stopwatch import Stopwatch
from reviews.actions.deciding import Pick, decide
from reviews.enums import Choice, Lane
from reviews.models import Review, ReviewItem
from reviews.queries.today import today_of

GUARDED = """
UPDATE reviews_reviewitem SET outcome = 'certified', outcome_at = %s, version = version + 1
 WHERE id = ANY(%s) AND outcome = 'open' AND version = 1 RETURNING id
"""
AS_BEFORE = """
UPDATE reviews_reviewitem SET outcome = 'open', outcome_at = NULL, version = 1 WHERE id = ANY(%s)
"""


def act(*, bulk: int, **_: Any) -> float:
    """The decisions with their events, and the outcome of each item."""
    review, actor = _sheet()
    ids = _open_items(review, bulk)
    picks, seals = [Pick(pk, 1) for pk in ids], _seals(ids)
    with Stopwatch() as watch:
        verdict = decide(review, actor=actor, picks=picks, choice=Choice.CERTIFY, confirming=seals)
    assert len(verdict.decided) == len(picks) == bulk
    return watch.seconds


def limit(*, bulk: int, **_: Any) -> float:
    review, _actor = _sheet()
    ids = _open_items(review, bulk)
    with connection.cursor() as cursor:
        with Stopwatch() as watch, transaction.atomic():
            cursor.execute(GUARDED, [clock.now(), ids])
            updated = cursor.fetchall()
        cursor.execute(AS_BEFORE, [ids])
    assert len(updated) == bulk
    return watch.seconds


def decide_the_rest(*, bulk: int, **_: Any) -> None:
    """Revoke some and keep the others, but for what must be looked at one by one."""
    review, actor = _sheet()
    choice, reason = Choice.REVOKE, "Nobody needs it."
    while ids := _open_items(review, bulk):
        picks = [Pick(pk, 1) for pk in (ids[: bulk // 10] if reason else ids)]
        decide(
            review,
            actor=actor,
            picks=picks,
            choice=choice,
            reason=reason,
            confirming=_seals(ids),
        )
        choice, reason = Choice.CERTIFY, ""
    sealing.seal()
    company.settle_down()


def _sheet() -> tuple[Review, Actor]:
    owner = User.objects.get(email=company.OLGA)
    sheet = Review.objects.get(campaign=campaign(), reviewer=owner.person_id)
    return sheet, Actor.user(owner.pk, Channel.PAGE)


def _seals(ids: list[int]) -> dict[int, str]:
    """What the page before says of the service accounts among them."""
    items = ReviewItem.objects.filter(pk__in=ids, account_type=AccountType.SERVICE)
    return {pk: today.seal for pk, today in today_of(items).items()}


def _open_items(review: Review, count: int) -> list[int]:
    items = ReviewItem.objects.filter(review=review, lane=Lane.NEW, outcome="open")
    return list(items.order_by("pk").values_list("pk", flat=True)[:count])
