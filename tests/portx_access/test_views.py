"""What went wrong is said in a sentence, with the id that the log has, and nothing else."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from portx_access import urls

SECRET = "planted: the password is swordfish"


def fails_with(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return login_not_required(view)


urlpatterns = [
    path("400/", fails_with(SuspiciousOperation(SECRET))),
    path("403/", fails_with(PermissionDenied("Only the owner may name a purpose."))),
    path("500/", fails_with(RuntimeError(SECRET))),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = (
    urls.handler400,
    urls.handler403,
    urls.handler404,
    urls.handler500,
)


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "This request could not be read"),
        (403, "Only the owner may name a purpose."),
        (404, "There is no such page"),
        (500, "Something went wrong on our side"),
    ],
)
@override_settings(ROOT_URLCONF=__name__)
def test_error_page_says_a_sentence_and_the_id_of_the_log(status: int, title: str) -> None:
    response = Client(raise_request_exception=False).get(f"/{status}/")
    text = response.content.decode()
    assert response.status_code == status
    assert title in text
    assert SECRET not in text
    assert re.findall(r"<code>(.*)</code>", text) == [response["X-Request-ID"]]


@override_settings(ROOT_URLCONF=__name__)
def test_form_without_its_token_says_that_nothing_was_changed() -> None:
    response = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "a"})
    assert response.status_code == 403
    assert "Nothing was changed. Go back, reload the page" in response.content.decode()
