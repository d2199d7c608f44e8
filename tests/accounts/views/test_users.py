"""Logins on pages: looked at freely, changed with the password at hand."""

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from jobs.models import Message
from tests.cast import PASSWORD

pytestmark = pytest.mark.usefixtures("noon", "db")


def sign_in(client: Client, user: User) -> None:
    """With the password said again just now."""
    client.force_login(user)
    client.post("/sign-in/again/", {"password": PASSWORD})


def test_a_role_is_changed_after_the_password_was_asked_for(
    client: Client, ada: User, alice: User
) -> None:
    client.force_login(ada)
    at = f"/users/{alice.pk}/"
    assert "What they may do" in client.get(at).content.decode()
    answer = client.post(at, {"role": "auditor"})
    assert answer.headers["Location"].startswith("/sign-in/again/?next=")
    alice.refresh_from_db()
    assert alice.role == Role.REVIEWER
    client.post(answer.headers["Location"], {"password": "wrong"})
    alice.refresh_from_db()
    assert alice.role == Role.REVIEWER
    client.post(answer.headers["Location"], {"password": PASSWORD})
    alice.refresh_from_db()
    assert alice.role == Role.AUDITOR


def test_somebody_is_invited(client: Client, ada: User) -> None:
    sign_in(client, ada)
    said = {"mail": "nia@example.com", "name": "Nia New", "role": "security"}
    page = client.post("/users/new/", said, follow=True).content.decode()
    assert "nia@example.com has a login. The link to set a password is on its way." in page
    assert "invited" in page
    assert [message.to for message in Message.objects.all()] == ["nia@example.com"]
    answer = client.post("/users/new/", said)
    assert (answer.status_code, "has a login already" in answer.content.decode()) == (422, True)


def test_a_login_is_ended_and_given_back(client: Client, ada: User, alice: User) -> None:
    sign_in(client, ada)
    at = f"/users/{alice.pk}/"
    page = client.post(f"{at}end/", follow=True).content.decode()
    assert "Alice Okafor is signed out everywhere and may not sign in." in page
    page = client.post(f"{at}end/", {"back": "1"}, follow=True).content.decode()
    assert "Alice Okafor may sign in again." in page
    client.post(f"{at}invite/")
    assert Message.objects.get().to == alice.email


def test_nobody_changes_their_own_login(client: Client, ada: User) -> None:
    sign_in(client, ada)
    page = client.get(f"/users/{ada.pk}/").content.decode()
    assert "Nobody changes their own role" in page
    assert client.post(f"/users/{ada.pk}/", {"role": "auditor"}).status_code == 422
    client.post(f"/users/{ada.pk}/end/")
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == (Role.ADMINISTRATOR, True)
