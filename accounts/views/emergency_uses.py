"""Uses of emergency accounts: each one that an import told of is explained, once."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.actions.exports import record_export
from accounts.actions.registers import explain_use
from accounts.actors import from_request
from accounts.forms.accounts import ExplainForm
from accounts.models import EmergencyUse, User
from accounts.queries import list_emergency_uses
from accounts.rules import may_name_for_account
from accounts.views.lists import system_filter
from accounts.views.marking import marking
from accounts.views.refusals import try_act
from accounts.views.scope import get_emergency_use, user_of
from listing.columns import Column
from listing.filters import Dates, Search, YesNo
from listing.lists import List
from listing.views import answer


def _list(user: User) -> List:
    return List(
        columns=(
            Column("account", "Account", value="account.username"),
            Column("system", "System", value="account.system.name"),
            Column("used_at", "Used", order="used_at"),
            Column("noticed_at", "Noticed", on_page=False),
            Column("run", "By import", value="run_id", on_page=False),
            Column("explanation", "Explanation"),
            Column("explained_by", "Explained by"),
            Column("explained_at", "Explained on", order="explained_at", on_page=False),
        ),
        # Without an explanation first.
        order=("-explained_at", "id"),
        filters=(
            Search("q", "Search", columns=("account__username", "account__name", "explanation")),
            YesNo("open", "To explain", where=Q(explained_at=None)),
            system_filter(user, column="account__system"),
            Dates("used", "Used", column="used_at"),
        ),
    )


@require_safe
def emergency_uses(request: HttpRequest) -> HttpResponseBase:
    user, actor = user_of(request), from_request(request)
    rows = list_emergency_uses(user)
    return answer(
        request,
        "accounts/emergency_uses.html",
        _list(user),
        rows,
        name="emergency uses",
        marking=marking(request, rows, "account__system__data_class"),
        on_export=lambda form: record_export(
            "emergency_uses", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


def emergency_use(request: HttpRequest, use_id: int) -> HttpResponse:
    """One use: what is known of it, and its explanation."""
    use = get_emergency_use(request, use_id)
    may = may_name_for_account(user_of(request), use.account)
    form = ExplainForm(request.POST or None)
    if request.method == "POST":
        if not may:
            raise Http404
        if form.is_valid() and _explain(request, use, form):
            messages.success(request, "The use is explained.")
            return redirect("accounts:account", use.account_id)
    shown = {"use": use, "form": form if may and not use.explained_at else None}
    status = 422 if form.is_bound else 200
    return render(request, "accounts/emergency_use.html", shown, status=status)


def _explain(request: HttpRequest, use: EmergencyUse, form: ExplainForm) -> bool:
    actor = from_request(request)
    return try_act(request, form, lambda: explain_use(use, actor=actor, **form.cleaned_data))
