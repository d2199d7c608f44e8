"""The mail that was sent, is kept here or could not be sent, for administrators."""

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.actions.mail import read_message
from accounts.actors import from_request
from accounts.models import User
from accounts.rules import may_administer
from jobs.models import Message, MessageState
from jobs.queries import messages


@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    """Newest first; without bodies, since showing one is an event."""
    _administrators_only(request)
    state = request.GET.get("state", "")
    shown = {
        "page": messages(state=state, before=request.GET.get("before", "")),
        "state": state,
        "states": MessageState.choices,
        "kept": settings.MAIL_IS_KEPT,
    }
    return render(request, "accounts/mail.html", shown)


@require_safe
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    _administrators_only(request)
    try:
        shown = read_message(message_id, actor=from_request(request))
    except Message.DoesNotExist:
        raise Http404 from None
    return render(request, "accounts/mail_message.html", {"message": shown})


def _administrators_only(request: HttpRequest) -> None:
    if not may_administer(cast("User", request.user)):
        raise Http404
