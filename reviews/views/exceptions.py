"""Exceptions: what is asked for and what is granted, one of them, and the answer to it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

import clock
from accounts import rules
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.views.marking import marking
from accounts.views.refusals import note_refusal, try_act
from listing.columns import Column
from listing.filters import Choice, Dates, Search
from listing.lists import List
from listing.views import answer
from reviews.actions.excepting import (
    grant_exception,
    refuse_exception,
    why_not_decide,
    withdraw_exception,
)
from reviews.enums import ExceptionState
from reviews.forms.exceptions import AnswerExceptionForm
from reviews.models import RuleException
from reviews.queries.exceptions import exceptions_visible_to, in_order
from reviews.templatetags.review_words import days_left, who
from reviews.views.scope import those_who_read_all_only, those_who_run_only, user_of

EXCEPTIONS = List(
    columns=(
        Column("who", "Who", value=lambda row: who(row.item)),
        Column("right", "Right", value="item.right"),
        Column("system", "System", value="item.system_name", on_page=False),
        Column("state", "State", value="get_state_display"),
        Column("ends", "Ends", value="ends_on", order="ends_on"),
        Column("left", "Days left", value=days_left, on_page=False),
        Column("asked_by", "Asked for by", value="asked_by_name"),
        Column("asked", "Asked", value="asked_at", on_page=False),
        Column("rules", "Rules", value=lambda row: ", ".join(row.rules), on_page=False),
        Column("reason", "Reason", on_page=False),
        Column("control", "Compensating control", on_page=False),
        Column("decided_by", "Decided by", value="decided_by_name"),
        Column("because", "Because", value="decided_because", on_page=False),
        Column("decided", "Decided", value="decided_at", on_page=False),
        Column("over", "Over", value="ended_at", on_page=False),
    ),
    order=("rank", "ends_on", "id"),
    filters=(
        Search(
            "q",
            "Search",
            columns=("item__holder_name", "item__account_username", "item__system_name"),
            help="person, account or system",
        ),
        Choice("state", "State", choices=ExceptionState.choices),
        Dates("ends", "Ends", column="ends_on", days=True),
    ),
)


@require_safe
def exceptions(request: HttpRequest) -> HttpResponseBase:
    """What is asked for first, then what is granted, by its end."""
    those_who_read_all_only(request)
    rows = in_order(exceptions_visible_to(user_of(request)))
    actor = from_request(request)
    return answer(
        request,
        "reviews/exceptions/list.html",
        EXCEPTIONS,
        rows,
        name="exceptions",
        marking=marking(request, EXCEPTIONS.select(request.GET, rows), "item__data_class"),
        on_export=lambda form: record_export(
            "exceptions", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def exception(request: HttpRequest, exception_id: int) -> HttpResponse:
    return _page(request, _get(request, exception_id))


@require_POST
def answer_it(request: HttpRequest, exception_id: int) -> HttpResponse:
    """Grant or refuse, confirmed with one's password."""
    those_who_run_only(request)
    asked, user, actor = _get(request, exception_id), user_of(request), from_request(request)
    form = AnswerExceptionForm(request.POST, request=request, user=user)
    act = grant_exception if request.POST.get("answer") == "grant" else refuse_exception
    if form.is_valid() and try_act(
        request, form, lambda: act(asked, actor=actor, because=form.cleaned_data["reason"])
    ):
        messages.success(request, f"{asked.asked_by_name} is told.")
        return redirect("reviews:exceptions")
    if form.was_refused:
        note_refusal(request, "The password was wrong.")
    return _page(request, _get(request, exception_id), form)


@require_POST
def withdraw(request: HttpRequest, exception_id: int) -> HttpResponse:
    """Take back what one has asked for oneself."""
    mine = RuleException.objects.filter(asked_by=user_of(request).person_id, asked_by__isnull=False)
    asked = get_object_or_404(mine, pk=exception_id)
    withdraw_exception(asked, actor=from_request(request))
    messages.success(request, "Taken back. Put right what is missing, or revoke it.")
    return redirect("reviews:exception", asked.pk)


def _get(request: HttpRequest, exception_id: int) -> RuleException:
    rows = exceptions_visible_to(user_of(request)).select_related(
        "item__campaign", "item__account", "item__review"
    )
    return get_object_or_404(rows, pk=exception_id)


def _page(
    request: HttpRequest, asked: RuleException, form: AnswerExceptionForm | None = None
) -> HttpResponse:
    user = user_of(request)
    waits = asked.state == ExceptionState.ASKED
    may_decide = waits and rules.may_run(user)
    shown = {
        "asked": asked,
        "item": asked.item,
        "waits": waits,
        "days": (asked.ends_on - clock.today()).days,
        "mine": waits and asked.asked_by_id == user.person_id,
        "why_not": why_not_decide(asked, user) if may_decide else "",
        "form": form or AnswerExceptionForm(request=request, user=user) if may_decide else None,
        "reads_all": rules.may_read_all(user),
    }
    return render(
        request, "reviews/exceptions/one.html", shown, status=422 if form is not None else 200
    )
