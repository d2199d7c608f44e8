"""The pages around sign-in: seen by a browser, in our words, and to the end of each way."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from jobs.models import Message
from tests.browser import axe, look
from tests.cast import PASSWORD

NEW = "a quite different battery"


def sent_link(client: Client, user: User) -> str:
    client.post("/password/link/", {"email": user.email})
    body = Message.objects.get(to=user.email).body
    links: list[str] = re.findall(r"https?://[^/]+(/password/link/\S+)", body)
    return links[0]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("address", "title", "name"),
    [
        ("/sign-in/", "Sign in", "sign-in"),
        ("/password/link/", "Set your password", "password-link"),
        ("/password/link/sent/", "Look into your mail", "password-link-sent"),
        ("/password/link/1-wrong/", "This link no longer works", "password-link-used"),
        ("/password/link/done/", "Your password is set", "password-set"),
        ("/sign-in/inactive/", "This login has ended", "sign-in-inactive"),
        ("/no-such-page/", "There is no such page", "not-found"),
    ],
)
def test_page_before_sign_in_is_seen(
    address: str, title: str, name: str, page: Page, live_server: LiveServer
) -> None:
    page.goto(live_server.url + address)
    assert page.title() == f"{title} · PortX Access"
    look(page, name)
    axe(page)


@pytest.mark.browser
def test_wrong_password_and_pages_behind_sign_in_are_seen(
    page: Page, live_server: LiveServer, alice: User
) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    for password in ("wrong", PASSWORD):
        page.get_by_label("Email").fill(alice.email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        if password == "wrong":
            page.get_by_role("alert").wait_for()
            look(page, "sign-in-wrong")
            axe(page)
    page.wait_for_url(f"{live_server.url}/reviews/")
    for address, name in (
        ("password/", "password-change"),
        ("sign-out/", "sign-out"),
        ("sign-in/again/", "sign-in-again"),
    ):
        page.goto(f"{live_server.url}/{address}")
        look(page, name)
        axe(page)


def test_link_sets_the_password_once(alice: User) -> None:
    client = Client()
    link = sent_link(client, alice)
    page = client.get(link, follow=True)
    action = page.redirect_chain[-1][0]
    client.post(action, {"password1": NEW, "password2": NEW})
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    again = Client().get(link, follow=True).content.decode()
    assert "This link no longer works" in again


def test_link_mail_is_in_our_words_and_goes_to_the_own_address(alice: User) -> None:
    sent_link(Client(), alice)
    [message] = Message.objects.all()
    assert (message.to, message.subject) == (alice.email, "Set your password for PortX Access")
    assert message.body.startswith("Somebody, probably you, asked for a link")


def test_unknown_address_is_answered_alike_and_gets_no_mail(db: None) -> None:
    response = Client().post("/password/link/", {"email": "nobody@example.org"}, follow=True)
    assert response.redirect_chain == [("/password/link/sent/", 302)]
    assert Message.objects.count() == 0
