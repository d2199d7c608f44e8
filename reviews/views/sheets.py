"""What waits for a reviewer, and the sheet itself."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.profile import group_sheets
from accounts.actors import from_request
from accounts.enums import Grouping
from accounts.models import User
from listing.address import EXPORT, Params, link
from listing.lists import Shown
from reviews.actions.seeing import see_sheet
from reviews.models import Delegation, Review, ReviewItem
from reviews.queries.delegations import (
    delegated_ids,
    delegated_sheets,
    delegation_of,
    items_on,
    standing_on,
)
from reviews.queries.folding import IN_A_ROW, Entry, by_lane, entries_of, folding
from reviews.queries.sheets import (
    ENOUGH_TO_TELL,
    Progress,
    awaits,
    last_decision,
    pace_of,
    progress_of,
    rows_of,
    sheets_of,
)
from reviews.queries.waiting import count_waiting
from reviews.views.scope import get_review, user_of
from reviews.views.sheet_list import export, grouping, is_folded, sheet_list


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
def sheet(request: HttpRequest, review_id: int) -> HttpResponseBase:
    """Fifty rows of a sheet in their lanes; others than its reviewer read it."""
    review = get_review(request, review_id)
    see_sheet(review, actor=from_request(request))
    items = items_on(review, user_of(request))
    by = grouping(request)
    if request.GET.get(EXPORT) in {"csv", "xlsx"}:
        return export(request, review, items, by=by)
    listed, entries = _read(review, items, request.GET, by)
    mine = review.reviewer_id == user_of(request).person_id
    current = next((each for each in entries if not each.is_decided and not each.is_over), None)
    shown = {
        **frame(request, review),
        "shown": listed,
        "lanes": by_lane(entries, by=by),
        "by": by,
        "groupings": Grouping.choices,
        "is_folded": is_folded(request.GET),
        "fold_link": link(request.GET, without=["fold"]),
        "unfold_link": link(request.GET, fold="no"),
        "current": current,
        "beside": current or (entries[0] if entries else None),
        "delegations": standing_on(review) if mine and awaits(review) else [],
    }
    return render(request, "reviews/sheet.html", shown)


def _read(
    review: Review, items: QuerySet[ReviewItem], params: Params, by: str
) -> tuple[Shown[ReviewItem], list[Entry]]:
    """The page of the list, and its rows with all that was said of each."""
    sheet = sheet_list(review, items, params, by=by)
    items = items.only(*IN_A_ROW)
    if not is_folded(params):
        listed = sheet.show(params, items)
        return listed, [*rows_of(review, listed.rows)]
    listed = sheet.show(params, items, fold=folding(review, by))
    return listed, entries_of(review, listed.rows, sheet.select(params, items), by=by)


@require_POST
def group(request: HttpRequest, review_id: int) -> HttpResponse:
    """By person or by system, from now on and on every sheet of this user."""
    review = get_review(request, review_id)
    group_sheets(user_of(request), actor=from_request(request), by=request.POST.get("by", ""))
    place = link(QueryDict(at_of(request)), without=["by"]).removeprefix("?")
    return redirect(address_of(review, place))


def at_of(request: HttpRequest) -> str:
    """The place in the list that one came from, as the address of the sheet had it."""
    return request.POST.get("at") or request.GET.get("at", "")


def address_of(review: Review, at: str, anchor: str = "") -> str:
    """The sheet at a place in its list."""
    place = QueryDict(at).urlencode()
    return (
        reverse("reviews:sheet", args=[review.pk])
        + (f"?{place}" if place else "")
        + (f"#{anchor}" if anchor else "")
    )


def frame(request: HttpRequest, review: Review, at: str | None = None) -> dict[str, Any]:
    """What every part of a sheet needs; ``at`` is the address of the list that one came from."""
    user = user_of(request)
    mine, delegation = review.reviewer_id == user.person_id, delegation_of(review, user)
    decides = mine or delegation is not None
    only = delegated_ids(user.person_id) if delegation else None
    progress = progress_of([review.pk], only)[review.pk]
    # Nothing is asked of choices where there are none, or too few to tell.
    if mine and progress.chosen >= ENOUGH_TO_TELL:
        progress.pace = pace_of(review)
    return {
        "review": review,
        "campaign": review.campaign,
        "progress": progress,
        "mine": mine,
        "delegation": delegation,
        "decides": decides,
        "may_act": decides and awaits(review),
        "last": last_decision(review, user) if decides and progress.chosen else None,
        "at": request.GET.urlencode() if at is None else at,
    }
