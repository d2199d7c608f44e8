"""Accounts of all systems, and the page of each: its facts with where they are from, what it
holds, and what a person may put right."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

import clock
from accounts.actions.exports import record_export
from accounts.actions.registers import end_registration
from accounts.actors import from_request
from accounts.forms.accounts import ACTS, Act, acts_for
from accounts.insights import insights_of, label, sentence
from accounts.models import Account, Finding
from accounts.queries import list_accounts, list_emergency_uses, list_grants
from accounts.rules import may_correct_account
from accounts.views.lists import accounts_list
from accounts.views.marking import marking
from accounts.views.refusals import try_act
from accounts.views.scope import get_account, get_registration, user_of
from listing.columns import Column
from listing.lists import List
from listing.views import answer

RIGHTS = List(
    columns=(
        Column("right", "Right", value="entitlement.key", order="entitlement__key"),
        Column("means", "In plain words", value="entitlement.plain_words"),
        Column("granted", "Granted", order="granted"),
        Column("granted_by", "By"),
    ),
    order=("entitlement__key", "id"),
)


@require_safe
def accounts(request: HttpRequest) -> HttpResponseBase:
    user, actor = user_of(request), from_request(request)
    rows = list_accounts(user)
    return answer(
        request,
        "accounts/accounts.html",
        accounts_list(user=user),
        rows,
        name="accounts",
        marking=marking(request, rows, "system__data_class"),
        on_export=lambda form: record_export(
            "accounts", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    return _page(request, get_account(request, account_id))


@require_POST
def put_right(request: HttpRequest, account_id: int, act: str) -> HttpResponse:
    """One act on an account, from its own page."""
    account = get_account(request, account_id)
    form = perform(request, account, act)
    if form is None:
        # Whose it is now decides whether one may see it still.
        seen = Account.objects.visible_to(user_of(request)).filter(pk=account.pk).exists()
        return redirect("accounts:account", account.pk) if seen else redirect("accounts:accounts")
    return _page(request, account, {act: form})


@require_POST
def unregister(request: HttpRequest, registration_id: int) -> HttpResponse:
    """End a registration before its day."""
    registration = get_registration(request, registration_id)
    if not may_correct_account(user_of(request), registration.account):
        raise Http404
    end_registration(registration, actor=from_request(request))
    messages.success(request, "The registration is ended.")
    return redirect("accounts:account", registration.account_id)


def perform(request: HttpRequest, account: Account, name: str) -> forms.Form | None:
    """Do what was asked for: nothing comes back when it is done, else the form that says why."""
    act = ACTS.get(name)
    if act is None or not act.may(user_of(request), account):
        raise Http404
    form, actor = act.bind(account, request.POST), from_request(request)
    if form.is_valid() and try_act(
        request, form, lambda: act.act(account, actor, form.cleaned_data)
    ):
        messages.success(request, act.done)
        return None
    return form


def bound(
    acts: list[Act], account: Account, said: dict[str, forms.Form]
) -> list[tuple[Act, forms.Form]]:
    """Each act with its form, the one that was sent as it was sent."""
    sent = [ACTS[name] for name in said if name in ACTS and ACTS[name] not in acts]
    return [(act, said.get(act.name) or act.bind(account)) for act in [*acts, *sent]]


def _page(
    request: HttpRequest, account: Account, said: dict[str, forms.Form] | None = None
) -> HttpResponse:
    user = user_of(request)
    rights = list_grants(user).filter(account=account)
    findings = Finding.objects.visible_to(user).filter(account=account)
    insights = [] if account.gone_at else insights_of(account.pk)
    shown: dict[str, Any] = {
        "account": account,
        "insights": [
            {"label": label(each), "sentence": sentence(each), "outcome": each["outcome"]}
            for each in insights
        ],
        "shown": RIGHTS.show(request.GET, rights),
        "findings": findings.order_by("state", "due_at")[:20],
        "registrations": account.registrations.select_related("made_by").order_by("-made_at")[:20],
        "may_end": may_correct_account(user, account),
        "today": clock.today(),
        "uses": list_emergency_uses(user)
        .filter(account=account)
        .order_by(F("explained_at").desc(nulls_first=True), "-used_at")[:20],
        "acts": bound(acts_for(account, user), account, said or {}),
        "open": next(iter(said or {}), ""),
    }
    return render(request, "accounts/account.html", shown, status=422 if said else 200)
