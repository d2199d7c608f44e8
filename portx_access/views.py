"""The front door, and the pages for what went wrong."""

from typing import cast

import structlog
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User
from portx_access.middleware import REQUEST_ID
from portx_access.navigation import front_page

log = structlog.get_logger(__name__)


def home(request: HttpRequest) -> HttpResponse:
    """Leads each role to what waits for it."""
    page = front_page(cast("User", request.user))
    if page and page != request.path:
        return redirect(page)
    return render(request, "portx_access/home.html")


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    sentence = "Go back, reload the page and send it again."
    if isinstance(exception, SuspiciousOperation):
        sentence = "What your browser sent cannot be taken as it is. " + sentence
    return _page(request, 400, "This request could not be read", sentence)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    said = str(exception or "")
    return _page(
        request,
        403,
        "You may not do this",
        said or "Nothing was changed. If it is part of your work, ask an administrator for a role.",
    )


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    log.warning("request_not_from_our_page", reason=reason)
    return _page(
        request,
        403,
        "This page was open for too long",
        "Nothing was changed. Go back, reload the page and do it again.",
    )


@login_not_required
def not_found(
    request: HttpRequest,
    exception: Exception | None = None,  # noqa: ARG001 - Django names it; it may say too much
) -> HttpResponse:
    return _page(
        request,
        404,
        "There is no such page",
        "The address may be mistyped, or what it led to is not among what you may see.",
    )


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        "Something went wrong on our side",
        "What you were doing was not saved. Try again; if it happens again, tell an administrator.",
    )


def _page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    """An error page with the id that the request bears in the log. It asks nothing of the
    database or the session: either may be what failed."""
    number = request.META.get(REQUEST_ID, "none")
    said = {"status": status, "title": title, "sentence": sentence, "number": number}
    return render(request, "errors/page.html", said, status=status)
