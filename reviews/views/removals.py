"""Removals: the queue, one of them with its history, noting it done, handing it on."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import rules
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.models import Finding, ImportRun, User
from accounts.views.marking import marking
from accounts.views.refusals import note_refusal, try_act
from audit.queries import history_of
from audit.reading import read
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer
from reviews.actions.revoking import CarriedOut, carry_out, carry_out_together, give_removal
from reviews.enums import RevocationState, Risk
from reviews.forms.removals import DoneForm, HandOnForm, PickedForm
from reviews.models import Revocation
from reviews.queries import items_visible_to, revocations_visible_to
from reviews.queries.removals import (
    STAGES,
    campaigns_in,
    carried_by,
    count_removals,
    in_queue,
    last_read,
    late,
    reached,
    systems_in,
)
from reviews.templatetags.removal_words import carrier_words, removed_words
from reviews.views.scope import user_of

SAMPLE = 5
SHOWN_HISTORY = 50


def _list(user: User) -> List:
    mine, visible = carried_by(user), revocations_visible_to(user)
    return List(
        columns=(
            Column("account", "What is removed", value="account_username"),
            Column("right", "Right", value=removed_words, on_page=False),
            Column("system", "System", value="system_name", order="system_name"),
            Column("state", "State", value="get_state_display"),
            Column("risk", "Risk", value="get_risk_display", on_page=False),
            Column("carrier", "Carried out by", value=carrier_words),
            Column("due", "Due", value="due_at", order="due_at"),
            Column("decided", "Decided", value="decided_at", order="decided_at"),
            Column("decided_by", "Decided by", value="decision.person_name", on_page=False),
            Column("reason", "Reason", on_page=False),
            Column("sent_at", "Went out", on_page=False),
            Column("done_at", "Said done", on_page=False),
            Column("note", "How it was done", on_page=False),
            Column("failed_at", "Failed", on_page=False),
            Column("verified_at", "Verified gone", on_page=False),
            Column("reappeared_at", "Back again", on_page=False),
        ),
        order=("over", "due_at", "id"),
        filters=(
            Search(
                "q",
                "Search",
                columns=("account_username", "right", "system_name", "reason"),
                help="Account, right, system or reason",
            ),
            Choice("state", "State", choices=RevocationState.choices),
            YesNo("overdue", "Overdue", where=late()),
            Choice("risk", "Risk", choices=Risk.choices),
            Choice("campaign", "Campaign", choices=campaigns_in(visible)),
            Choice("system", "System", choices=systems_in(visible)),
            YesNo("mine", "Mine to carry out", where=mine),
            Choice("reached", "Got as far as", choices=STAGES, where=reached),
        ),
    )


@require_safe
def removals(request: HttpRequest) -> HttpResponseBase:
    """What is to do first, by deadline; then what is proved gone or was taken back."""
    user, actor = user_of(request), from_request(request)
    visible, listed = revocations_visible_to(user), _list(user)
    rows = in_queue(visible)
    return answer(
        request,
        "reviews/removals/list.html",
        listed,
        rows,
        name="removals",
        marking=marking(request, listed.select(request.GET, rows), "system__data_class"),
        context={
            "counts": count_removals(visible),
            "all": rules.may_read_all(user),
            "acts": rules.may_run(user) or visible.filter(carried_by(user)).exists(),
        },
        on_export=lambda form: record_export(
            "removals", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def removal(request: HttpRequest, revocation_id: int) -> HttpResponse:
    return _page(request, _get(request, revocation_id))


@require_POST
def done(request: HttpRequest, revocation_id: int) -> HttpResponse:
    """Note that it was carried out by hand."""
    order, actor = _get(request, revocation_id), from_request(request)
    form = DoneForm(request.POST)
    if form.is_valid() and try_act(
        request, form, lambda: carry_out(order, actor=actor, note=form.cleaned_data["note"])
    ):
        messages.success(request, "Noted. The next complete import proves it.")
        return redirect("reviews:removal", order.pk)
    return _page(request, _get(request, revocation_id), done_form=form)


@require_POST
def hand_on(request: HttpRequest, revocation_id: int) -> HttpResponse:
    order, actor = _get(request, revocation_id), from_request(request)
    form = HandOnForm(request.POST)
    if form.is_valid() and try_act(
        request, form, lambda: give_removal(order, actor=actor, to=form.cleaned_data["to"])
    ):
        messages.success(request, f"{form.cleaned_data['to']} carries it out now.")
        seen = revocations_visible_to(user_of(request)).filter(pk=order.pk).exists()
        return redirect("reviews:removal", order.pk) if seen else redirect("reviews:removals")
    return _page(request, _get(request, revocation_id), hand_on_form=form)


@require_POST
def done_together(request: HttpRequest) -> HttpResponse:
    """Several of one system: first what they are, then, with a note, done."""
    picked = PickedForm(request.POST)
    if not picked.is_valid():
        messages.warning(request, str(next(iter(picked.errors.values()))[0]))
        return redirect("reviews:removals")
    orders = list(
        in_queue(revocations_visible_to(user_of(request)))
        .filter(pk__in=picked.cleaned_data["picks"])
        .order_by("due_at", "id")
    )
    if not orders:
        raise Http404
    form = DoneForm(request.POST if picked.cleaned_data["confirmed"] else None)
    told: list[CarriedOut] = []
    if form.is_valid() and try_act(
        request, form, lambda: told.append(_together(request, orders, form))
    ):
        _tell(request, told[0], orders)
        return redirect("reviews:removals")
    shown = {
        "orders": orders,
        "sample": orders[:SAMPLE],
        "rest": max(0, len(orders) - SAMPLE),
        "systems": sorted({order.system_name for order in orders}),
        "form": form,
    }
    return render(
        request, "reviews/removals/together.html", shown, status=422 if form.is_bound else 200
    )


def _together(request: HttpRequest, orders: list[Revocation], form: DoneForm) -> CarriedOut:
    return carry_out_together(
        [order.pk for order in orders],
        actor=from_request(request),
        note=form.cleaned_data["note"],
    )


def _tell(request: HttpRequest, told: CarriedOut, orders: list[Revocation]) -> None:
    """How many were done, and a sentence for each that was not."""
    if told.done:
        count = len(told.done)
        messages.success(
            request,
            f"Noted as done: {count} removal{'s' if count > 1 else ''}. "
            "The next complete import proves them.",
        )
    for order in orders:
        if why := told.refused.get(order.pk):
            note_refusal(request, why)
            messages.warning(request, f"{order} was not noted. {why}")


def _get(request: HttpRequest, revocation_id: int) -> Revocation:
    rows = in_queue(revocations_visible_to(user_of(request))).select_related(
        "campaign", "item", "done_by", "verified_by_run", "account"
    )
    return get_object_or_404(rows, pk=revocation_id)


def _page(request: HttpRequest, order: Revocation, **said: forms.Form) -> HttpResponse:
    user = user_of(request)
    past = list(history_of(f"revocation:{order.pk}")[: SHOWN_HISTORY + 1])
    shown = {
        "order": order,
        "history": read(past[:SHOWN_HISTORY]),
        "more_history": len(past) > SHOWN_HISTORY,
        "reads_trail": rules.may_read_all(user),
        **_may_see(order, user),
        "last_read": last_read(order.system),
        "violation": Finding.objects.visible_to(user)
        .filter(link=f"revocation:{order.pk}")
        .order_by("-id")
        .first(),
        "done_form": DoneForm(auto_id="id_done_%s"),
        "hand_on_form": HandOnForm(auto_id="id_to_%s"),
        **said,
    }
    return render(request, "reviews/removals/one.html", shown, status=422 if said else 200)


def _may_see(order: Revocation, user: User) -> dict[str, bool]:
    """Which of the pages that it names lead somewhere for this user."""
    item, finding, run = order.item, order.finding, order.verified_by_run
    return {
        "may_see_item": item is not None and items_visible_to(user).contains(item),
        "may_see_finding": finding is not None
        and Finding.objects.visible_to(user).contains(finding),
        "may_see_run": run is not None and ImportRun.objects.visible_to(user).contains(run),
    }
