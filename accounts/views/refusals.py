"""What an action refuses, said to the person in a sentence and noted in the trail."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.actions.refusals import record_refusal
from accounts.actors import from_request
from audit.errors import Conflict, NotAllowed, WrongInput

REFUSALS = (NotAllowed, Conflict, WrongInput)
STATUS = {NotAllowed: 403, Conflict: 409, WrongInput: 422}


def note_refusal(request: HttpRequest, sentence: str) -> None:
    """Write down that this page was refused; its target is what the address names last."""
    match = request.resolver_match
    name = match.view_name if match else "unknown"
    ids = [
        f"{key.removesuffix('_id')}:{value}"
        for key, value in (match.kwargs.items() if match else ())
        if key.endswith("_id")
    ]
    record_refusal(
        sentence,
        actor=from_request(request),
        attempted=name,
        target=ids[-1] if ids else f"page:{name}",
    )


def try_act(request: HttpRequest, form: forms.Form, act: Callable[[], object]) -> bool:
    """Do it; what is refused stands on the form that asked for it."""
    try:
        act()
    except REFUSALS as error:
        form.add_error(None, str(error))
        if not isinstance(error, WrongInput):
            note_refusal(request, str(error))
        return False
    return True


def say_refusal(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to an act that a page did not answer for itself: back to where one was, with
    the sentence on top; htmx gets the sentence alone. Wrong input leaves no event."""
    if not isinstance(error, WrongInput):
        note_refusal(request, str(error))
    status = STATUS[type(error)]
    if request.method in {"GET", "HEAD"}:
        said = {"status": status, "title": "This cannot be shown", "sentence": str(error)}
        said["number"] = request.META.get("REQUEST_ID", "none")
        return render(request, "errors/page.html", said, status=status)
    messages.error(request, str(error))
    if request.headers.get("HX-Request"):
        page = render(request, "parts/messages.html", status=status)
        page["HX-Retarget"], page["HX-Reswap"] = "#messages", "outerHTML show:top"
        return page
    return redirect(_where_one_was(request))


def _where_one_was(request: HttpRequest) -> str:
    page = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return page if own else "/"
