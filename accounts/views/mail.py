"""The mail that was sent, is kept here or could not be sent, for administrators."""

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.actions.exports import record_export
from accounts.actions.mail import read_message
from accounts.actors import from_request
from accounts.enums import DataClass
from accounts.models import User
from accounts.rules import may_administer
from jobs.models import Message, MessageState
from jobs.queries import messages
from listing.columns import Column
from listing.filters import Choice, Dates, Search
from listing.lists import List
from listing.views import answer

MAIL = List(
    columns=(
        Column("subject", "Subject", order="subject"),
        Column("to", "To", order="to"),
        Column("state", "State", value="get_state_display"),
        Column("error", "Error", on_page=False),
        Column("about", "About", on_page=False),
        Column("written", "Written", value="created_at", order="id"),
        Column("sent", "Sent", value="sent_at", order="sent_at"),
    ),
    order=("-id",),
    filters=(
        Search("q", "Search", columns=("to", "subject", "about")),
        Choice("state", "State", choices=MessageState.choices),
        Dates("written", "Written", column="created_at"),
    ),
)


@require_safe
def mail(request: HttpRequest) -> HttpResponseBase:
    """Newest first; without bodies, since showing one is an event."""
    _administrators_only(request)
    actor = from_request(request)
    return answer(
        request,
        "accounts/mail.html",
        MAIL,
        messages(),
        name="mail",
        marking=DataClass.COMPANY.label,
        context={"kept": settings.MAIL_IS_KEPT},
        on_export=lambda form: record_export(
            "mail", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


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
