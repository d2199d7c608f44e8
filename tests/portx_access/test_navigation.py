"""Each role finds its places at the top of the page; what is not built yet is left out."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import include, path

import clock
from accounts.enums import Role
from accounts.models import User
from portx_access.navigation import MAIN, OWN, front_page, navigation


def place(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


reviews = (
    [
        path("", place, name="cockpit"),
        path("reviews/", place, name="sheets"),
        path("campaigns/", place, name="campaigns"),
    ],
    "reviews",
)
urlpatterns = [path("", include(reviews))]


def user(role: str) -> User:
    return User(email="alice@example.org", role=role, date_joined=clock.now())


def current(role: str, at: str) -> list[str]:
    return [link.label for link in navigation(user(role), at).main if link.current]


@pytest.mark.parametrize(
    ("role", "labels", "front"),
    [
        (Role.REVIEWER, ["My reviews"], "/reviews/"),
        (Role.AUDITOR, ["Campaigns"], "/campaigns/"),
        (Role.SECURITY, ["Cockpit", "Campaigns"], "/"),
        (Role.ADMINISTRATOR, ["Cockpit", "Campaigns"], "/"),
    ],
)
@override_settings(ROOT_URLCONF=__name__)
def test_navigation_by_role(role: str, labels: list[str], front: str) -> None:
    assert [link.label for link in navigation(user(role), "/").main] == labels
    assert front_page(user(role)) == front


def test_navigation_knows_every_role() -> None:
    assert set(MAIN) == set(OWN) == set(Role.values)


@override_settings(ROOT_URLCONF=__name__)
def test_navigation_marks_the_place_that_holds_the_path() -> None:
    assert current(Role.SECURITY, "/") == ["Cockpit"]
    assert current(Role.SECURITY, "/campaigns/7/") == ["Campaigns"]
    assert current(Role.SECURITY, "/elsewhere/") == []
