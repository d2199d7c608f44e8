"""Findings: what breaks a rule, by when it is to be put right, and by whom."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

import clock
from accounts.actions.exports import record_export
from accounts.actions.findings import LEAVER, WATCHED, still_holds
from accounts.actors import from_request
from accounts.enums import Cause, FindingState, Resolution, Severity
from accounts.forms.accounts import SETTLE, acts_for_finding, settle
from accounts.insights import name_of
from accounts.models import Finding, User
from accounts.queries import count_findings, list_findings
from accounts.rules import may_act_for_system, may_resolve_finding
from accounts.templatetags.account_words import short
from accounts.views.accounts import bound, perform
from accounts.views.lists import system_filter
from accounts.views.marking import marking
from accounts.views.refusals import try_act
from accounts.views.scope import get_finding, user_of
from listing.columns import Column
from listing.filters import Choice, Dates, Search, YesNo
from listing.lists import List
from listing.views import answer

# Those by which findings open, here and in the reviews.
RULES = [(rule, name_of(rule)) for rule in (*WATCHED, "S10", "K1")]

OWNERS = (("me", "me"), ("nobody", "nobody"))


def _owned(who: str, user: User) -> Q:
    """By the user or a team of theirs; or by nobody, which the security team looks after."""
    if who == "nobody":
        return Q(owner_person=None, owner_team=None)
    own = user.person_id
    return Q(owner_person__isnull=False, owner_person=own) | Q(
        owner_team__lead__isnull=False, owner_team__lead=own
    )


def _resolution(finding: Finding) -> str:
    return dict(Resolution.choices).get(finding.resolution, finding.resolution)


def _cause(finding: Finding) -> str:
    return dict(Cause.choices).get(finding.cause, finding.cause)


def _list(user: User) -> List:
    late = Q(state=FindingState.OPEN, due_at__lt=clock.now())
    return List(
        columns=(
            Column("finding", "Finding", value=short),
            Column("sentence", "Why", on_page=False),
            Column("rule", "Rule", on_page=False),
            Column("severity", "Severity", value="get_severity_display", on_page=False),
            Column("account", "Account", value="account.username"),
            Column("system", "System", value="system.name", order="system__name"),
            Column("owner", "Owner", value=lambda row: row.owner_team or row.owner_person),
            Column("due", "Due", value="due_at", order="due_at"),
            Column("state", "State", value="get_state_display", order="state"),
            Column("opened_at", "Opened", on_page=False),
            Column("resolved_at", "Resolved", on_page=False),
            Column("resolution", "Resolution", value=_resolution, on_page=False),
            Column("cause", "Cause", value=_cause, on_page=False),
            Column("note", "Note", on_page=False),
        ),
        order=("state", "due_at", "id"),
        filters=(
            Search(
                "q",
                "Search",
                columns=("account__username", "account__person__name", "sentence"),
            ),
            Choice("state", "State", choices=FindingState.choices),
            Choice("rule", "Rule", choices=RULES),
            Choice("severity", "Severity", choices=Severity.choices),
            system_filter(user),
            Choice("owner", "Owner", choices=OWNERS, where=lambda who: _owned(who, user)),
            YesNo("overdue", "Overdue", where=late),
            Dates("opened", "Opened", column="opened_at"),
        ),
    )


@require_safe
def findings(request: HttpRequest) -> HttpResponseBase:
    user, actor = user_of(request), from_request(request)
    rows = list_findings(user)
    return answer(
        request,
        "accounts/findings.html",
        _list(user),
        rows,
        name="findings",
        marking=marking(request, rows, "system__data_class"),
        context={"counts": count_findings(user, clock.now()), "now": clock.now()},
        on_export=lambda form: record_export(
            "findings", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def finding(request: HttpRequest, finding_id: int) -> HttpResponse:
    return _page(request, get_finding(request, finding_id))


@require_POST
def put_right(request: HttpRequest, finding_id: int, act: str) -> HttpResponse:
    """One act on the account that the finding is about; it closes by itself when that did it."""
    finding = get_finding(request, finding_id)
    form = perform(request, finding.account, act)
    if form is not None:
        return _page(request, finding, {act: form})
    return _back(request, finding)


@require_POST
def settled(request: HttpRequest, finding_id: int, way: str) -> HttpResponse:
    """Say the cause, or how it was resolved."""
    finding = get_finding(request, finding_id)
    if way not in SETTLE or not may_resolve_finding(user_of(request), finding):
        raise Http404
    form, actor = SETTLE[way](request.POST, auto_id=f"id_{way}_%s"), from_request(request)
    if form.is_valid() and try_act(
        request, form, lambda: settle(finding, actor, way, form.cleaned_data)
    ):
        messages.success(request, "It is written down.")
        return _back(request, finding)
    return _page(request, finding, {way: form})


def _back(request: HttpRequest, finding: Finding) -> HttpResponse:
    seen = Finding.objects.visible_to(user_of(request)).filter(pk=finding.pk).exists()
    return redirect("accounts:finding", finding.pk) if seen else redirect("accounts:findings")


def _page(
    request: HttpRequest, finding: Finding, said: dict[str, forms.Form] | None = None
) -> HttpResponse:
    user, said = user_of(request), said or {}
    is_open = finding.state == FindingState.OPEN
    holds = still_holds(finding)
    may = may_resolve_finding(user, finding)
    shown: dict[str, Any] = {
        "finding": finding,
        "account": finding.account,
        "now": clock.now(),
        "cause": _cause(finding),
        "resolution": _resolution(finding),
        "acts": bound(acts_for_finding(finding, user), finding.account, said) if is_open else [],
        "cause_form": _settle_form("cause", said) if may and finding.rule == LEAVER else None,
        "resolve_form": _settle_form("resolve", said) if may and is_open and not holds else None,
        "may_order": is_open and may_act_for_system(user, finding.system),
        "open": next(iter(said), ""),
        "acts_first": finding.rule != LEAVER,
    }
    return render(request, "accounts/finding.html", shown, status=422 if said else 200)


def _settle_form(way: str, said: dict[str, forms.Form]) -> forms.Form:
    return said.get(way) or SETTLE[way](auto_id=f"id_{way}_%s")
