"""Deciding on the rows of a sheet: one, many, taken back, put right, given to somebody else.

With script the answer is the row, the counts and a sentence; without it one lands on the sheet
again, at the same row. A refusal is shown in the row that it is about.
"""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

import clock
from accounts.actors import from_request
from accounts.enums import AccountType
from accounts.views.refusals import REFUSALS, STATUS, note_refusal
from audit.errors import WrongInput
from reviews import rules
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import Pick, Verdict, decide, undo
from reviews.actions.rerouting import reassign_item
from reviews.enums import Choice
from reviews.forms.deciding import (
    USUAL_REASONS,
    BulkForm,
    CorrectionForm,
    DecisionForm,
    ReassignForm,
)
from reviews.models import Review, ReviewItem
from reviews.queries import describe_change
from reviews.queries.sheets import Row, items_of, rows_of
from reviews.templatetags.review_words import DECIDED, right_words, who
from reviews.views.scope import get_review
from reviews.views.sheets import frame, panel_for

SAMPLE = 5


@require_safe
def item(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """All that is known of one item: the panel, or a page of its own."""
    review, row = _row(request, review_id, item_id)
    return _panel(request, review, row)


@require_safe
def ask(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """The row with the question that a choice asks: why, until when, what. Who saw an older
    version of the row is told what stands instead."""
    review, row = _row(request, review_id, item_id)
    choice = request.GET.get("choice", "")
    if choice not in Choice.values:
        return _show(request, review, row)
    if _version(request.GET) not in {0, row.version}:
        changed = f"{describe_change(item_id, row.stage)} Look at it again, then decide."
        return _show(request, review, row, status=409, refusal=changed)
    return _show(request, review, row, ask=choice)


@require_POST
def decide_item(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    review, row = _row(request, review_id, item_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _refuse(request, review, row, WrongInput(_first_error(form)), request.POST)
    given = form.cleaned_data
    try:
        verdict = decide(
            review,
            actor=from_request(request),
            picks=[Pick(item_id, given["version"])],
            choice=Choice(given["choice"]),
            reason=given["reason"],
            until=given["until"],
        )
    except REFUSALS as error:
        return _refuse(request, review, row, error, request.POST)
    said = f"{DECIDED[Choice(given['choice'])]}: {_name(row)}."
    return _done(request, review, row, said + (LATE if verdict.late else ""))


LATE = " It is stored as late: the deadline has passed."


@require_POST
def undo_item(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    review, row = _row(request, review_id, item_id)
    try:
        undo(review, actor=from_request(request), pick=Pick(item_id, _version(request.POST)))
    except REFUSALS as error:
        return _refuse(request, review, row, error)
    return _done(request, review, row, f"Taken back: {_name(row)}.")


def correct(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Name what a violation lacks, in the row."""
    review, row = _row(request, review_id, item_id)
    form = CorrectionForm(request.POST or None, item=row.item)
    if request.method == "POST" and form.is_valid():
        try:
            correct_item(
                review,
                row.item,
                actor=from_request(request),
                naming=Naming(**{k: v for k, v in form.cleaned_data.items() if v}),
            )
        except REFUSALS as error:
            form.add_error(None, str(error))
            _note(request, error)
        else:
            return _done(request, review, row, f"Put right: {_name(row)}. Now decide on it.")
    return _show(request, review, row, form=form, form_kind="correct")


def reassign(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Not my person: hand the item to somebody else, with a reason."""
    review, row = _row(request, review_id, item_id)
    form = ReassignForm(request.POST or None, auto_id=f"id_{item_id}_%s")
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            reassign_item(
                row.item,
                actor=from_request(request),
                to=to,
                reason=form.cleaned_data["reason"],
                stage=row.stage,
            )
        except REFUSALS as error:
            form.add_error(None, str(error))
            _note(request, error)
        else:
            messages.success(request, f"{_name(row)} is now {to}'s to judge.")
            return _back(request, review)
    return _show(request, review, row, form=form, form_kind="reassign")


@require_POST
def bulk(request: HttpRequest, review_id: int) -> HttpResponse:
    """First the count and a sample, then, confirmed, one act with a result for each row."""
    review = get_review(request, review_id)
    form = BulkForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _first_error(form))
        return _back(request, review)
    picks, choice = form.cleaned_data["picks"], Choice(form.cleaned_data["choice"])
    items = {i.pk: i for i in items_of(review).filter(pk__in=[p.item_id for p in picks])}
    if not form.cleaned_data["confirmed"]:
        return _confirm(request, review, choice, picks, items)
    try:
        verdict = decide(
            review,
            actor=from_request(request),
            picks=picks,
            choice=choice,
            reason=form.cleaned_data["reason"],
        )
    except REFUSALS as error:
        _note(request, error)
        messages.error(request, str(error))
    else:
        _tell(request, verdict, choice, items)
    return _back(request, review)


def _confirm(
    request: HttpRequest,
    review: Review,
    choice: Choice,
    picks: list[Pick],
    items: dict[int, ReviewItem],
) -> HttpResponse:
    shown = {
        **frame(request, review, _at(request)),
        "picks": picks,
        "choice": choice,
        "sample": [items[p.item_id] for p in picks[:SAMPLE] if p.item_id in items],
        "rest": max(0, len(picks) - SAMPLE),
        "systems": sorted({i.system_name for i in items.values()}),
        "usual": USUAL_REASONS[choice],
        "needs_reason": any(rules.needs_reason(i, choice) for i in items.values()),
    }
    return render(request, "reviews/bulk.html", shown)


def _tell(
    request: HttpRequest, verdict: Verdict, choice: Choice, items: dict[int, ReviewItem]
) -> None:
    """A result for each: how many were decided, and a sentence for each that was not."""
    count = len(verdict.decided)
    if count:
        late = LATE if verdict.late else ""
        messages.success(
            request, f"{DECIDED[choice]}: {count} item{'s' if count > 1 else ''}.{late}"
        )
    for pk, sentence in {**verdict.conflicts, **verdict.refused}.items():
        messages.warning(
            request, f"{who(items[pk])}, {right_words(items[pk])} was not decided. {sentence}"
        )


def _row(request: HttpRequest, review_id: int, item_id: int) -> tuple[Review, Row]:
    review = get_review(request, review_id)
    found = get_object_or_404(items_of(review), pk=item_id)
    return review, rows_of(review, [found])[0]


def _fresh(review: Review, item_id: int) -> Row:
    found = items_of(review).filter(pk=item_id).first()
    if found is None:
        raise Http404
    return rows_of(review, [found])[0]


def _panel(request: HttpRequest, review: Review, row: Row) -> HttpResponse:
    shown = {**frame(request, review, _at(request)), "row": row, "panel": panel_for(row)}
    part = "reviews/_panel.html" if _is_htmx(request) else "reviews/item.html"
    return render(request, part, shown)


def _show(
    request: HttpRequest, review: Review, row: Row, status: int = 200, **more: Any
) -> HttpResponse:
    """The row as it is now, with what ``more`` opens in it; a page of it without script."""
    shown = {
        **frame(request, review, _at(request)),
        "row": row,
        "usual": USUAL_REASONS.get(more.get("ask", ""), ()),
        "until": _suggested_end(row.item),
        **more,
    }
    if _is_htmx(request):
        return render(request, "reviews/_answer.html", shown, status=status)
    shown["panel"] = panel_for(row)
    return render(request, "reviews/item.html", shown, status=status)


def _done(request: HttpRequest, review: Review, row: Row, said: str) -> HttpResponse:
    if _is_htmx(request):
        return _show(request, review, _fresh(review, row.item.pk), said=said)
    messages.success(request, said)
    return _back(request, review, row.item.pk)


def _refuse(
    request: HttpRequest,
    review: Review,
    row: Row,
    error: Exception,
    given: QueryDict | None = None,
) -> HttpResponse:
    """The row as it stands now, with the sentence; wrong input asks again in the row."""
    _note(request, error)
    again = isinstance(error, WrongInput) and given is not None
    return _show(
        request,
        review,
        _fresh(review, row.item.pk),
        status=STATUS[type(error)],
        refusal=str(error),
        ask=given.get("choice", "") if again and given else "",
        given=given if again else None,
    )


def _note(request: HttpRequest, error: Exception) -> None:
    if not isinstance(error, WrongInput):
        note_refusal(request, str(error))


def _back(request: HttpRequest, review: Review, item_id: int | None = None) -> HttpResponse:
    """The sheet at the place in the list that one came from."""
    at = QueryDict(_at(request)).urlencode()
    place = f"#item-{item_id}" if item_id else ""
    address = reverse("reviews:sheet", args=[review.pk]) + (f"?{at}" if at else "") + place
    if _is_htmx(request):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _at(request: HttpRequest) -> str:
    return request.POST.get("at") or request.GET.get("at", "")


def _version(given: QueryDict) -> int:
    text = given.get("version", "")
    return int(text) if text.isdecimal() else 0


def _suggested_end(found: ReviewItem) -> date | None:
    """The end date of a temporary account, where it lies ahead."""
    ends = found.expires if found.account_type == AccountType.TEMPORARY else None
    return ends if ends and ends > clock.today() else None


def _name(row: Row) -> str:
    return f"{who(row.item)}, {right_words(row.item)} in {row.item.system_name}"


def _first_error(form: DecisionForm | BulkForm) -> str:
    if "until" in form.errors:
        return "Say until when to keep it: a day after today."
    return str(next(iter(form.errors.values()))[0])


def _is_htmx(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
