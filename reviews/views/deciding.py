"""Deciding on a row of a sheet: chosen, taken back, put right, given to somebody else.

With script the answer is the row, the counts and a sentence; without it one lands on the sheet
again, at the same row. A refusal is shown in the row that it is about.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import from_request
from accounts.enums import AccountType
from accounts.views.refusals import REFUSALS, STATUS, note_refusal
from audit.errors import WrongInput
from reviews import rules
from reviews.actions.correcting import correct_item
from reviews.actions.deciding import Pick, decide, undo
from reviews.actions.excepting import ask_exception
from reviews.actions.pacing import see_details
from reviews.actions.proposing import propose
from reviews.actions.rerouting import reassign_item
from reviews.enums import Choice
from reviews.forms.correcting import CorrectionForm
from reviews.forms.deciding import USUAL_REASONS, DecisionForm, ReassignForm
from reviews.forms.exceptions import ExceptionForm
from reviews.models import Review
from reviews.queries import describe_change
from reviews.queries.delegations import items_on
from reviews.queries.panels import panel_of
from reviews.queries.sheets import Row, count_of_account, rows_of
from reviews.templatetags.review_words import DECIDED, right_words, who
from reviews.templatetags.type_questions import end_ahead
from reviews.views.scope import get_review, user_of
from reviews.views.sheets import address_of, at_of, frame


@require_safe
def item(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """All that is known of one item: the panel, or a page of its own."""
    review, row = _row(request, review_id, item_id)
    see_details(review, item_id, actor=from_request(request))
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
            confirming={item_id: given["confirms"]},
            timed=not given["waited"],
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
        undone = undo(
            review, actor=from_request(request), pick=Pick(item_id, _version(request.POST))
        )
    except REFUSALS as error:
        return _refuse(request, review, row, error)
    stays = END_STAYS if undone.until and _is_temporary(row) else ""
    return _done(request, review, row, f"Taken back: {_name(row)}.{stays}")


END_STAYS = " The end date that it gave the account stays until you decide again."


def correct(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Name what a violation lacks, or answer what the account's type asks, in the row."""
    review, row = _row(request, review_id, item_id)
    way = request.POST.get("way") or request.GET.get("way", "")
    form = CorrectionForm(request.POST or None, row=row, way=way)
    if request.method == "POST" and form.is_valid():
        try:
            correct_item(review, row.item, actor=from_request(request), naming=form.naming())
        except REFUSALS as error:
            form.add_error(None, str(error))
            _note(request, error)
        else:
            return _done(request, review, row, f"Put right: {_name(row)}. Now decide on it.")
    return _show(request, review, row, form=form, form_kind="correct")


def except_item(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Ask for leave to keep for a while what a rule forbids, in the row."""
    review, row = _row(request, review_id, item_id)
    form = ExceptionForm(request.POST or None, auto_id=f"id_{item_id}_%s")
    if request.method == "POST" and form.is_valid():
        try:
            ask_exception(row.item, actor=from_request(request), **form.cleaned_data)
        except REFUSALS as error:
            form.add_error(None, str(error))
            _note(request, error)
        else:
            said = f"Asked for an exception: {_name(row)}. Another person decides on it."
            return _done(request, review, row, said)
    return _show(request, review, row, form=form, form_kind="except")


def reassign(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """Not my person: hand the item to somebody else, with a reason."""
    review, row = _row(request, review_id, item_id)
    form = ReassignForm(
        request.POST or None,
        proposals=propose([row.item], review),
        auto_id=f"id_{item_id}_%s",
    )
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


def _row(request: HttpRequest, review_id: int, item_id: int) -> tuple[Review, Row]:
    review = get_review(request, review_id)
    found = get_object_or_404(items_on(review, user_of(request)), pk=item_id)
    return review, rows_of(review, [found])[0]


def _fresh(request: HttpRequest, review: Review, item_id: int) -> Row:
    found = items_on(review, user_of(request)).filter(pk=item_id).first()
    if found is None:
        raise Http404
    return rows_of(review, [found])[0]


def _panel(request: HttpRequest, review: Review, row: Row) -> HttpResponse:
    shown = {**frame(request, review, at_of(request)), "row": row, **_known(review, row)}
    part = "reviews/_panel.html" if _is_htmx(request) else "reviews/item.html"
    return render(request, part, shown)


def _known(review: Review, row: Row) -> dict[str, Any]:
    return {"panel": panel_of(row), "of_account": count_of_account(review, row.item)}


def _show(
    request: HttpRequest, review: Review, row: Row, status: int = 200, **more: Any
) -> HttpResponse:
    """The row as it is now, with what ``more`` opens in it; a page of it without script."""
    shown = {
        **frame(request, review, at_of(request)),
        "row": row,
        "usual": USUAL_REASONS.get(more.get("ask", ""), ()),
        "until": row.item.excepted_until or end_ahead(row, review.campaign),
        "latest": rules.end_limit(row.item),
        **more,
    }
    if more.get("ask") == Choice.REVOKE:
        shown["of_account"] = count_of_account(review, row.item)
    if _is_htmx(request):
        return render(request, "reviews/_answer.html", shown, status=status)
    see_details(review, row.item.pk, actor=from_request(request))
    return render(request, "reviews/item.html", {**shown, **_known(review, row)}, status=status)


def _done(request: HttpRequest, review: Review, row: Row, said: str) -> HttpResponse:
    if _is_htmx(request):
        return _show(request, review, _fresh(request, review, row.item.pk), said=said)
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
        _fresh(request, review, row.item.pk),
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
    address = address_of(review, at_of(request), f"item-{item_id}" if item_id else "")
    if _is_htmx(request):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _version(given: QueryDict) -> int:
    text = given.get("version", "")
    return int(text) if text.isdecimal() else 0


def _is_temporary(row: Row) -> bool:
    return bool(row.item.account_type == AccountType.TEMPORARY)


def _name(row: Row) -> str:
    return f"{who(row.item)}, {right_words(row.item)} in {row.item.system_name}"


def _first_error(form: DecisionForm) -> str:
    if "until" in form.errors:
        return "Say until when to keep it: a day after today."
    return str(next(iter(form.errors.values()))[0])


def _is_htmx(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
