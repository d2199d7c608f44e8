"""A user's own page: who they are to PortX Access, their time zone, where they are signed in."""

from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions.profile import end_own_sessions, set_zone
from accounts.actors import from_request
from accounts.forms.profile import ZoneForm
from accounts.models import User
from accounts.queries import list_sessions


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form = ZoneForm(request.POST or None, initial={"zone": user.zone})
    if form.is_valid():
        set_zone(user, actor=from_request(request), zone=form.cleaned_data["zone"])
        messages.success(request, "Your time zone is changed.")
        return redirect("accounts:profile")
    here = request.session.session_key
    shown = {
        "form": form,
        "sessions": [(each, each.session_key == here) for each in list_sessions(user)],
    }
    return render(request, "accounts/profile.html", shown, status=422 if form.errors else 200)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Ends the session that the button names, or all but this one."""
    user = cast("User", request.user)
    others = list_sessions(user).exclude(session_key=request.session.session_key)
    if named := request.POST.get("session", ""):
        others = others.filter(pk=int(named)) if named.isdecimal() else UserSession.objects.none()
    ended = end_own_sessions(user, actor=from_request(request), sessions=others)
    said = f"Ended {ended} session{'' if ended == 1 else 's'}."
    messages.success(request, said if ended else "That session had ended already.")
    return redirect("accounts:profile")
