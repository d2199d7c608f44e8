"""One's own page: the zone of the times one sees, and where one is signed in."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.browser import axe, look
from tests.cast import PASSWORD

SIGN_IN = "/sign-in/"


def sign_in(user: User) -> Client:
    client = Client(headers={"user-agent": f"Browser of {user}"})
    response = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    return client


def test_times_are_shown_in_the_chosen_zone(alice: User) -> None:
    client = sign_in(alice)
    client.post("/profile/", {"zone": "Asia/Tokyo"})
    assert "Times are shown in Asia/Tokyo." in client.get("/profile/").content.decode()


def test_zone_that_is_none_is_said(alice: User) -> None:
    client = sign_in(alice)
    response = client.post("/profile/", {"zone": "Mars/Base"})
    alice.refresh_from_db()
    assert (response.status_code, alice.zone) == (422, "")
    assert "Mars/Base is not one of the available choices" in response.content.decode()


def test_all_other_sessions_end(alice: User, bob: User) -> None:
    here, there, stranger = sign_in(alice), sign_in(alice), sign_in(bob)
    assert len(here.get("/profile/").context["sessions"]) == 2
    here.post("/profile/sessions/end/")
    assert [client.get("/profile/").status_code for client in (here, there, stranger)] == [
        200,
        302,
        200,
    ]


def test_session_of_another_user_cannot_be_ended(alice: User, bob: User) -> None:
    here, stranger = sign_in(alice), sign_in(bob)
    [(session, _)] = stranger.get("/profile/").context["sessions"]
    for named in (str(session.pk), "x", "-1"):
        response = here.post("/profile/sessions/end/", {"session": named}, follow=True)
        assert "That session had ended already." in response.content.decode()
    assert stranger.get("/profile/").status_code == 200


@pytest.mark.browser
def test_profile_is_seen(page: Page, live_server: LiveServer, alice: User) -> None:
    sign_in(alice)
    page.goto(live_server.url + SIGN_IN + "?next=" + reverse("accounts:profile"))
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("this one").wait_for()
    look(page, "profile")
    axe(page)
    page.get_by_role("button", name="End all others").click()
    page.get_by_text("Ended 1 session.").wait_for()
