"""Refusals that no view has answered for itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.views.refusals import REFUSALS, say_refusal


class Refusals:
    """Record what an action refused, and say its sentence where the person was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return say_refusal(request, error) if isinstance(error, REFUSALS) else None
