"""Conflicts of duties: the list, who holds both rights now, a new one, and the end of one."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.actions.duties import add_conflict, end_conflict
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.forms.policies import ConflictForm, EndConflictForm
from accounts.models import DutyConflict, Entitlement, User
from accounts.queries import count_holders_of_both, list_conflicts, list_holders_of_both
from accounts.rules import may_run
from accounts.views.marking import highest
from accounts.views.refusals import try_act
from accounts.views.scope import those_who_read_all_only, those_who_run_only, user_of
from listing.columns import Column
from listing.filters import Search, YesNo
from listing.lists import List
from listing.views import answer

HOLDERS = List(
    columns=(
        Column("name", "Person", order="name"),
        Column("mail", "Mail"),
        Column("team", "Team"),
        Column(
            "accounts",
            "By the accounts",
            value=lambda row: [f"{account} in {account.system}" for account in row.giving],
        ),
    ),
    order=("name", "id"),
    filters=(Search("q", "Search", columns=("name", "mail", "team__name")),),
)


def _conflicts(holders: dict[int, int]) -> List:
    return List(
        columns=(
            Column("name", "Conflict", order="name"),
            Column("first", "The one right", value=lambda row: _right(row.first)),
            Column("second", "The other right", value=lambda row: _right(row.second)),
            Column("reason", "Why"),
            Column(
                "holders",
                "Hold both now",
                value=lambda row: None if row.ended_at else holders.get(row.pk, 0),
                number=True,
            ),
            Column("made_by", "Declared by", on_page=False),
            Column("made_at", "Declared", order="made_at"),
            Column("ended_at", "Ended", on_page=False),
        ),
        order=("name", "id"),
        filters=(
            Search("q", "Search", columns=("name", "reason", "first__key", "second__key")),
            YesNo("standing", "Standing", where=Q(ended_at=None)),
            YesNo("held", "Held by somebody", where=Q(pk__in=list(holders))),
        ),
    )


@require_safe
def conflicts(request: HttpRequest) -> HttpResponseBase:
    those_who_read_all_only(request)
    actor, holders = from_request(request), count_holders_of_both()
    return answer(
        request,
        "accounts/conflicts.html",
        _conflicts(holders),
        list_conflicts(),
        name="conflicts of duties",
        marking=highest([]),
        context={"holders": holders, "may": may_run(user_of(request))},
        on_export=lambda form: record_export(
            "conflicts", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def conflict(request: HttpRequest, conflict_id: int) -> HttpResponseBase:
    """One conflict, and the people who hold both rights now."""
    those_who_read_all_only(request)
    found = get_object_or_404(list_conflicts(), pk=conflict_id)
    user, actor = user_of(request), from_request(request)
    return answer(
        request,
        "accounts/conflict.html",
        HOLDERS,
        list_holders_of_both(user, found),
        name=f"who holds both rights of {found}",
        marking=highest([found.first.system.data_class, found.second.system.data_class]),
        context={"conflict": found, "may": _may_end(user, found)},
        on_export=lambda form: record_export(
            f"conflict_{found.pk}", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


def create(request: HttpRequest) -> HttpResponse:
    those_who_run_only(request)
    form, actor = ConflictForm(request.POST or None), from_request(request)
    if form.is_valid() and try_act(
        request, form, lambda: add_conflict(actor=actor, **form.cleaned_data)
    ):
        messages.success(request, f"{form.cleaned_data['name']} is a conflict of duties now.")
        return redirect("accounts:conflicts")
    status = 422 if form.errors else 200
    return render(request, "accounts/conflict_form.html", {"form": form}, status=status)


def end(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """End one, on a page that asks why."""
    those_who_run_only(request)
    found = get_object_or_404(list_conflicts(), pk=conflict_id)
    form, actor = EndConflictForm(request.POST or None), from_request(request)
    if form.is_valid() and try_act(
        request, form, lambda: end_conflict(found, actor=actor, **form.cleaned_data)
    ):
        messages.success(request, f"{found} is no conflict of duties any more.")
        return redirect("accounts:conflicts")
    shown = {"form": form, "conflict": found}
    status = 422 if form.errors else 200
    return render(request, "accounts/conflict_end.html", shown, status=status)


def _may_end(user: User, conflict: DutyConflict) -> bool:
    return conflict.ended_at is None and may_run(user)


def _right(right: Entitlement) -> str:
    return f"{right} in {right.system}"
