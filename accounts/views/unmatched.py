"""Accounts that belong to nobody: linked in one click where there is a likely holder."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.accounts import link_account, name_owner, unlink_account
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.enums import AccountType, Role
from accounts.forms.unmatched import HolderForm
from accounts.linking import likely_holders
from accounts.models import Account, User
from accounts.queries import list_orphaned
from accounts.views.lists import system_filter
from accounts.views.marking import marking
from accounts.views.refusals import try_act
from accounts.views.scope import get_account, user_of
from audit.actors import Actor
from listing.address import EXPORT
from listing.columns import Column
from listing.filters import Choice, Search
from listing.lists import List
from listing.views import answer


def _list(user: User) -> List:
    return List(
        columns=(
            Column("account", "Account", value="username", order="key"),
            Column("system", "System", value="system.name", order="system__name"),
            Column("external_id", "Account id", on_page=False),
            Column("name", "Name", on_page=False),
            Column("mail", "Mail", on_page=False),
            Column("employee_id", "Employee id", on_page=False),
            Column("type", "Type", value="get_type_display", on_page=False),
            Column("status", "Status", value="get_status_display", on_page=False),
            Column("last_used", "Last used"),
            Column("whose", "Whose is it?", in_export=False),
        ),
        order=("system__name", "key", "id"),
        filters=(
            Search("q", "Search", columns=("username", "name", "mail")),
            system_filter(user),
            Choice("type", "Type", choices=AccountType.choices),
        ),
    )


@require_safe
def unmatched(request: HttpRequest) -> HttpResponseBase:
    user, actor = user_of(request), from_request(request)
    rows, listed = list_orphaned(user), _list(user)
    if EXPORT in request.GET:
        return answer(
            request,
            "accounts/unmatched.html",
            listed,
            rows,
            name="accounts of nobody",
            marking=marking(request, rows, "system__data_class"),
            on_export=lambda form: record_export(
                "unmatched", actor=actor, form=form, asked=request.GET.urlencode()
            ),
        )
    shown = listed.show(request.GET, rows)
    return render(
        request,
        "accounts/unmatched.html",
        {
            "shown": shown,
            "likely": likely_holders(shown.rows),
            "form": HolderForm(),
            "may": user.role != Role.AUDITOR,
        },
    )


@require_POST
def belongs(request: HttpRequest, account_id: int) -> HttpResponse:
    """Say to whom an account belongs, or take that back: the row comes back, as it is now."""
    account, actor = get_account(request, account_id), from_request(request)
    if "undo" in request.POST:
        unlink_account(account, actor=actor)
        return _row(request, account, HolderForm())
    form = HolderForm(request.POST)
    if form.is_valid() and try_act(request, form, lambda: _say(account, actor, form)):
        messages.success(request, f"{account} belongs to {form.holder or form.owner}.")
        return _row(request, account, form, to=str(form.holder or form.owner))
    return _row(request, account, form)


def _say(account: Account, actor: Actor, form: HolderForm) -> None:
    if form.holder:
        link_account(account, actor=actor, person=form.holder)
    elif form.owner:
        name_owner(account, actor=actor, owner=form.owner)


def _row(request: HttpRequest, account: Account, form: HolderForm, to: str = "") -> HttpResponse:
    wrong = " ".join(str(error) for errors in form.errors.values() for error in errors)
    if not request.headers.get("HX-Request"):
        if wrong:
            messages.error(request, wrong)
        return redirect(f"{reverse('accounts:unmatched')}?system={account.system_id}")
    if not to:
        account = get_account(request, account.pk)
    shown = {
        "row": account,
        "likely": likely_holders([account]),
        "form": HolderForm(),
        "may": True,
        "wrong": wrong,
        "typed": form.data.get("who", ""),
        "to": to,
        "linked": bool(to and form.holder),
    }
    page = render(request, "accounts/_unmatched_row.html", shown, status=422 if wrong else 200)
    list(messages.get_messages(request))  # the row itself says it
    return page
