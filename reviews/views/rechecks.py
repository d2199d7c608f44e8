"""Asked again: what was kept until a day that has come, and the answer to it."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import rules as account_rules
from accounts.actors import from_request
from accounts.views.refusals import try_act
from listing.columns import Column
from listing.filters import Search, YesNo
from listing.lists import List
from reviews import rules
from reviews.actions.excepting import ask_exception
from reviews.actions.rechecking import answer_recheck, may_answer, with_facts_of_today
from reviews.enums import Choice, RecheckState
from reviews.forms.exceptions import ExceptionForm
from reviews.forms.rechecks import RecheckForm
from reviews.models import Recheck
from reviews.queries.waiting import rechecks_visible_to
from reviews.views.scope import user_of

RECHECKS = List(
    columns=(Column("due_on", "Kept until"),),
    order=("-over_at", "id"),
    filters=(
        Search(
            "q",
            "Search",
            columns=("item__holder_name", "item__account_username", "item__system_name"),
        ),
        YesNo("open", "Open", where=Q(state=RecheckState.ASKED)),
    ),
)


@require_safe
def rechecks(request: HttpRequest) -> HttpResponse:
    """Open ones first; who reads everything sees everybody's."""
    user = user_of(request)
    shown = RECHECKS.show(request.GET, _visible(request))
    page = {
        "shown": shown,
        "rows": [(recheck, may_answer(recheck, user)) for recheck in shown.rows],
        "all": account_rules.may_read_all(user),
    }
    return render(request, "reviews/again/list.html", page)


def recheck(request: HttpRequest, recheck_id: int) -> HttpResponse:
    """One of them with what is known of the item: keep it until another day, or revoke it."""
    asked, actor = _answerable(request, recheck_id), from_request(request)
    form = RecheckForm(request.POST or None, latest=rules.end_limit(asked.item))
    if form.is_valid() and try_act(
        request,
        form,
        lambda: answer_recheck(
            asked,
            actor=actor,
            choice=Choice(form.cleaned_data["choice"]),
            reason=form.cleaned_data["reason"],
            until=form.cleaned_data["until"],
        ),
    ):
        kept = form.cleaned_data["choice"] == Choice.CERTIFY_UNTIL
        words = "Kept. It is asked again on that day." if kept else "Revoked: the removal is out."
        messages.success(request, words)
        return redirect("reviews:rechecks")
    item = with_facts_of_today(asked.item)
    shown = {
        "recheck": asked,
        "item": item,
        "form": form,
        "forbidden": rules.violations(item),
        "exception": item.exceptions.order_by("-id").first(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "reviews/again/one.html", shown, status=status)


def except_again(request: HttpRequest, recheck_id: int) -> HttpResponse:
    """Ask for another exception, where a rule still forbids what was kept by one."""
    asked, actor = _answerable(request, recheck_id), from_request(request)
    form = ExceptionForm(request.POST or None)
    if form.is_valid() and try_act(
        request, form, lambda: ask_exception(asked.item, actor=actor, **form.cleaned_data)
    ):
        messages.success(request, "Asked for. Another person decides on it.")
        return redirect("reviews:recheck", asked.pk)
    shown = {"recheck": asked, "item": asked.item, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/again/exception.html", shown, status=status)


def _visible(request: HttpRequest) -> QuerySet[Recheck]:
    return rechecks_visible_to(user_of(request)).select_related(
        "item__campaign", "item__account", "item__grant", "person", "decision"
    )


def _answerable(request: HttpRequest, recheck_id: int) -> Recheck:
    asked = get_object_or_404(_visible(request), pk=recheck_id)
    if not may_answer(asked, user_of(request)):
        raise Http404
    return asked
