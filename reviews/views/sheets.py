"""What waits for a reviewer, and the sheet itself."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.actors import from_request
from accounts.models import User
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from reviews.actions.pacing import see_details
from reviews.actions.seeing import see_sheet
from reviews.enums import Lane
from reviews.models import Delegation, Review, ReviewItem
from reviews.queries.delegations import (
    delegated_ids,
    delegated_sheets,
    delegation_of,
    items_on,
    standing_on,
)
from reviews.queries.panels import Panel, panel_of
from reviews.queries.sheets import (
    Progress,
    Row,
    awaits,
    by_lane,
    last_decision,
    progress_of,
    rows_of,
    sheets_of,
    systems_of,
    undecided,
)
from reviews.queries.waiting import count_waiting
from reviews.views.scope import get_review, user_of


@require_safe
def sheets(request: HttpRequest) -> HttpResponse:
    """A reviewer's first page: the sheets, the questions and the removals that are theirs."""
    user = user_of(request)
    waiting, over = sheets_of(user)
    shown = {
        "waiting": waiting,
        "over": over,
        "delegated": _delegated(user),
        "progress": progress_of(review.pk for review in waiting + over),
        "mine": count_waiting(user),
    }
    return render(request, "reviews/sheets.html", shown)


def _delegated(user: User) -> list[tuple[Review, Delegation, Progress]]:
    """The sheets of others on which the user decides, with how far their part is."""
    found = delegated_sheets(user)
    if not found:
        return []
    done = progress_of((sheet.pk for sheet, _ in found), only=delegated_ids(user.person_id))
    return [(sheet, delegation, done[sheet.pk]) for sheet, delegation in found]


@require_safe
def sheet(request: HttpRequest, review_id: int) -> HttpResponse:
    """Fifty rows of a sheet in their lanes; others than its reviewer read it."""
    review = get_review(request, review_id)
    see_sheet(review, actor=from_request(request))
    items = items_on(review, user_of(request))
    listed = _list(review, items).show(request.GET, items)
    rows = rows_of(review, listed.rows)
    mine = review.reviewer_id == user_of(request).person_id
    current = next((row for row in rows if not row.is_decided and not row.is_over), None)
    beside = current or (rows[0] if rows else None)
    if beside:
        see_details(review, beside.item.pk, actor=from_request(request))
    shown = {
        **frame(request, review),
        "shown": listed,
        "lanes": by_lane(rows),
        "current": current,
        "panel": panel_for(beside),
        "delegations": standing_on(review) if mine and awaits(review) else [],
    }
    return render(request, "reviews/sheet.html", shown)


def frame(request: HttpRequest, review: Review, at: str | None = None) -> dict[str, Any]:
    """What every part of a sheet needs; ``at`` is the address of the list that one came from."""
    user = user_of(request)
    mine, delegation = review.reviewer_id == user.person_id, delegation_of(review, user)
    decides = mine or delegation is not None
    only = delegated_ids(user.person_id) if delegation else None
    return {
        "review": review,
        "campaign": review.campaign,
        "progress": progress_of([review.pk], only)[review.pk],
        "mine": mine,
        "delegation": delegation,
        "decides": decides,
        "may_act": decides and awaits(review),
        "last": last_decision(review, user) if decides else None,
        "at": request.GET.urlencode() if at is None else at,
    }


def panel_for(row: Row | None) -> Panel | None:
    return panel_of(row) if row else None


def _list(review: Review, items: QuerySet[ReviewItem]) -> List:
    return List(
        columns=(Column("holder_name", "Holder"),),
        order=("lane", "holder_name", "id"),
        filters=(
            Search(
                "q",
                "Search",
                columns=("holder_name", "account_username", "right", "system_name"),
                help="Name, account, right or system",
            ),
            Choice("lane", "Lane", choices=Lane.choices),
            Choice("system", "System", choices=systems_of(items)),
            YesNo("open", "To decide", where=undecided(review)),
        ),
    )
