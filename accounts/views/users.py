"""Logins, for administrators: who may sign in and as what. What changes them asks for the
password again."""

from collections.abc import Callable
from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.exports import record_export
from accounts.actions.users import (
    change_role,
    create_user,
    deactivate_user,
    invite_user,
    reactivate_user,
)
from accounts.actors import from_request
from accounts.enums import DataClass, Role
from accounts.forms.users import InviteForm, RoleForm
from accounts.models import User
from accounts.queries import list_users
from accounts.views.refusals import try_act
from accounts.views.scope import administrators_only, user_of
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer

View = Callable[..., HttpResponseBase]
# Looking is free; a change within five minutes of the last password needs no other.
asks_again: Callable[[View], View] = reauthentication_required(allow_get=True)


def administrators(view: View) -> View:
    """For all others there is no such page, before anything is asked."""

    @wraps(view)
    def shown(request: HttpRequest, *args: object, **named: object) -> HttpResponseBase:
        administrators_only(request)
        return view(request, *args, **named)

    return shown


USERS = List(
    columns=(
        Column("name", "Name", value=str, order="person_name"),
        Column("mail", "Mail", value="email", order="email"),
        Column("role", "Role", value="get_role_display"),
        Column("active", "Active", value="is_active"),
        Column("password", "Has a password", value=lambda row: row.has_usable_password()),
        Column("since", "Since", value="date_joined", order="date_joined"),
        Column("last_login", "Last signed in", order="last_login"),
    ),
    order=("email", "id"),
    filters=(
        Search("q", "Search", columns=("email", "person__name")),
        Choice("role", "Role", choices=Role.choices),
        YesNo("active", "Active", where=Q(is_active=True)),
    ),
)


@require_safe
@administrators
def users(request: HttpRequest) -> HttpResponseBase:
    actor = from_request(request)
    return answer(
        request,
        "accounts/users.html",
        USERS,
        list_users(user_of(request)).annotate(person_name=F("person__name")),
        name="users",
        marking=str(DataClass.COMPANY.label),
        on_export=lambda form: record_export(
            "users", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@administrators
@asks_again
def create(request: HttpRequest) -> HttpResponse:
    actor = from_request(request)
    form = InviteForm(request.POST or None, initial={"role": Role.REVIEWER})
    if form.is_valid() and try_act(
        request, form, lambda: create_user(actor=actor, **form.cleaned_data)
    ):
        mail = form.cleaned_data["mail"]
        messages.success(request, f"{mail} has a login. The link to set a password is on its way.")
        return redirect("accounts:users")
    shown = {"form": form}
    return render(request, "accounts/user_new.html", shown, status=422 if form.errors else 200)


@administrators
@asks_again
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    """One login, and its role."""
    shown = get_object_or_404(list_users(user_of(request)), pk=user_id)
    form, actor = (
        RoleForm(request.POST or None, initial={"role": shown.role}),
        from_request(request),
    )
    if form.is_valid() and try_act(
        request, form, lambda: change_role(shown, actor=actor, **form.cleaned_data)
    ):
        messages.success(request, f"The role of {shown} is changed.")
        return redirect("accounts:user", shown.pk)
    context = {"shown_user": shown, "form": form, "self": shown.pk == user_of(request).pk}
    return render(request, "accounts/user.html", context, status=422 if form.errors else 200)


@require_POST
@administrators
@asks_again
def end(request: HttpRequest, user_id: int) -> HttpResponse:
    """End a login, or give it back."""
    shown, actor = get_object_or_404(User, pk=user_id), from_request(request)
    if request.POST.get("back"):
        reactivate_user(shown, actor=actor)
        messages.success(request, f"{shown} may sign in again.")
    else:
        deactivate_user(shown, actor=actor)
        messages.success(request, f"{shown} is signed out everywhere and may not sign in.")
    return redirect("accounts:user", shown.pk)


@require_POST
@administrators
@asks_again
def invite(request: HttpRequest, user_id: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=user_id)
    invite_user(shown, actor=from_request(request))
    messages.success(request, f"A new link to set a password is on its way to {shown.email}.")
    return redirect("accounts:user", shown.pk)
