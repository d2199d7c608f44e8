"""Corrections of what was signed: asked for by the reviewer, answered by another person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.views.marking import marking
from accounts.views.refusals import note_refusal, try_act
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer
from reviews import rules
from reviews.actions.mistakes import (
    Instead,
    approve_correction,
    ask_correction,
    refuse_correction,
)
from reviews.enums import Choice as Chosen
from reviews.enums import CorrectionState, ReviewState
from reviews.forms.again import AgainForm
from reviews.forms.checking import AskCorrectionForm, RefuseForm
from reviews.models import Correction
from reviews.queries.checking import corrections_visible_to, to_answer
from reviews.queries.delegations import items_on
from reviews.queries.sheets import rows_of
from reviews.views.scope import get_review, user_of
from reviews.views.sheets import frame
from reviews.views.signing import METHOD

CORRECTIONS = List(
    columns=(
        Column("item", "Access", value="item.holder_name"),
        Column("account", "Account", value="item.account_username", on_page=False),
        Column("system", "System", value="item.system_name", on_page=False),
        Column("right", "Right", value="item.right", on_page=False),
        Column("was", "Signed", value="decision.get_choice_display"),
        Column("choice", "Instead", value="get_choice_display"),
        Column("reason", "Reason", on_page=False),
        Column("asked_by", "Asked by", value="asked_by_name"),
        Column("asked_at", "Asked", order="asked_at"),
        Column("state", "State", value="get_state_display"),
        Column("answered_by", "Answered by", value="answered_by_name", on_page=False),
        Column("answered_at", "Answered", on_page=False),
        Column("answer", "Answer", on_page=False),
    ),
    order=("answered_at", "id"),
    filters=(
        Search(
            "q",
            "Search",
            columns=("item__holder_name", "item__account_username", "item__system_name", "reason"),
        ),
        YesNo("open", "Waits for an answer", where=to_answer()),
        Choice("state", "State", choices=CorrectionState.choices),
    ),
)


def ask(request: HttpRequest, review_id: int, item_id: int) -> HttpResponse:
    """What should stand instead of what one signed, and why."""
    review, user = get_review(request, review_id), user_of(request)
    if review.reviewer_id != user.person_id:
        raise Http404
    row = rows_of(review, [get_object_or_404(items_on(review, user_of(request)), pk=item_id)])[0]
    if review.state != ReviewState.SIGNED:
        messages.info(request, "This sheet is not signed off: change the decision in its row.")
        return redirect("reviews:sheet", review.pk)
    form = AskCorrectionForm(request.POST or None, latest=rules.end_limit(row.item))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        instead = Instead(Chosen(given["choice"]), given["reason"], given["until"])
        if try_act(
            request,
            form,
            lambda: ask_correction(review, row.item, actor=from_request(request), instead=instead),
        ):
            messages.success(request, "Asked. It stands once another person has approved it.")
            return redirect("reviews:receipt", review.pk)
    shown = {**frame(request, review), "row": row, "item": row.item, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/corrections/ask.html", shown, status=status)


@require_safe
def corrections(request: HttpRequest) -> HttpResponseBase:
    """Those that wait first; who reads everything sees everybody's."""
    user, actor = user_of(request), from_request(request)
    rows = corrections_visible_to(user)
    return answer(
        request,
        "reviews/corrections/list.html",
        CORRECTIONS,
        rows,
        name="corrections",
        marking=marking(request, CORRECTIONS.select(request.GET, rows), "item__data_class"),
        on_export=lambda form: record_export(
            "corrections", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def correction(request: HttpRequest, correction_id: int) -> HttpResponse:
    return _page(request, _get(request, correction_id))


@require_POST
def approve(request: HttpRequest, correction_id: int) -> HttpResponse:
    """Approved with the password of the other person."""
    asked = _get_to_answer(request, correction_id)
    form = AgainForm(request.POST, request=request, user=user_of(request))
    if form.is_valid() and try_act(
        request,
        form,
        lambda: approve_correction(asked, actor=from_request(request), method=METHOD),
    ):
        messages.success(request, "Approved: the correction stands, and both versions are kept.")
        return redirect("reviews:correction", asked.pk)
    if form.was_refused:
        note_refusal(request, "The password was wrong.")
    return _page(request, _get(request, correction_id), approve_form=form)


@require_POST
def refuse(request: HttpRequest, correction_id: int) -> HttpResponse:
    asked = _get_to_answer(request, correction_id)
    form = RefuseForm(request.POST)
    if form.is_valid() and try_act(
        request,
        form,
        lambda: refuse_correction(
            asked, actor=from_request(request), reason=form.cleaned_data["reason"]
        ),
    ):
        messages.success(request, f"Refused: {asked.asked_by_name} is told why.")
        return redirect("reviews:correction", asked.pk)
    return _page(request, _get(request, correction_id), refuse_form=form)


def _get(request: HttpRequest, correction_id: int) -> Correction:
    return get_object_or_404(corrections_visible_to(user_of(request)), pk=correction_id)


def _get_to_answer(request: HttpRequest, correction_id: int) -> Correction:
    found = _get(request, correction_id)
    if not rules.may_answer_correction(user_of(request), found):
        raise Http404
    return found


def _page(
    request: HttpRequest,
    asked: Correction,
    approve_form: AgainForm | None = None,
    refuse_form: RefuseForm | None = None,
) -> HttpResponse:
    user = user_of(request)
    waits = corrections_visible_to(user).filter(to_answer(), pk=asked.pk).exists()
    shown = {
        "correction": asked,
        "item": asked.item,
        "waits": waits,
        "may_answer": waits and rules.may_answer_correction(user, asked),
        "approve_form": approve_form or AgainForm(request=request, user=user),
        "refuse_form": refuse_form or RefuseForm(),
    }
    status = 422 if approve_form or refuse_form else 200
    return render(request, "reviews/corrections/correction.html", shown, status=status)
