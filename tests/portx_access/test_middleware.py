"""What surrounds every request, and the limits on sign-in."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

import clock
from accounts.models import User
from portx_access.middleware import REDIS_IS_DOWN

PASSWORD = "three brown foxes at noon"


@pytest.fixture(autouse=True)
def counted_from_zero() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def make_user(mail: str) -> User:
    return User.objects.create_user(mail, PASSWORD, date_joined=clock.now())


def sign_in(client: Client, mail: str, password: str = PASSWORD) -> bool:
    client.post("/sign-in/", {"login": mail, "password": password})
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_request_log_gives_each_request_an_id(client: Client) -> None:
    first, second = (client.get("/sign-in/").headers["X-Request-ID"] for _ in range(2))
    assert len(first) == 16
    assert first != second


@pytest.mark.django_db
def test_session_end_signs_out_however_busy(client: Client) -> None:
    client.force_login(make_user("alice@example.com"))
    began = clock.now()
    with clock.set_to(began):
        assert client.get("/").wsgi_request.user.is_authenticated
    with clock.set_to(began + timedelta(hours=23)):
        assert client.get("/").wsgi_request.user.is_authenticated
    with clock.set_to(began + timedelta(hours=25)):
        response = client.get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/sign-in/?next=/")
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_session_cookie_moves_on_with_each_request(client: Client) -> None:
    client.force_login(make_user("alice@example.com"))
    assert client.get("/").cookies["session_8000"]["max-age"] == 8 * 60 * 60


@pytest.mark.django_db
def test_sign_in_is_limited_for_one_account_and_not_for_the_neighbours(client: Client) -> None:
    for mail in ("alice@example.com", "bob@example.com"):
        make_user(mail)
    for _ in range(10):
        assert not sign_in(client, "alice@example.com", "wrong")
    assert not sign_in(client, "alice@example.com")
    assert sign_in(client, "bob@example.com")


@pytest.mark.django_db
def test_sign_in_of_fifty_people_behind_one_address_works() -> None:
    people = [make_user(f"person{number}@example.com") for number in range(50)]
    assert all(sign_in(Client(), person.email) for person in people)


@pytest.mark.django_db
def test_sign_in_does_not_say_which_addresses_exist(client: Client) -> None:
    make_user("alice@example.com")
    pages = [
        client.post("/sign-in/", {"login": mail, "password": "wrong"}).content.decode()
        for mail in ("alice@example.com", "stranger@example.com")
    ]
    known, unknown = (re.sub(r"\b\w{64}\b", "token", page) for page in pages)
    assert known.replace("alice", "stranger") == unknown


@pytest.mark.django_db
def test_redis_down_closes_sign_in_and_nothing_else(client: Client, settings: Settings) -> None:
    alice = make_user("alice@example.com")
    away = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/redis.sock"}
    settings.CACHES = {"default": away}
    response = client.post("/sign-in/", {"login": alice.email, "password": PASSWORD})
    assert (response.status_code, response.content.decode()) == (503, REDIS_IS_DOWN)
    assert "_auth_user_id" not in client.session
    client.force_login(alice)
    assert client.get("/").wsgi_request.user == alice


@pytest.mark.parametrize("path", ["/sign-up/", "/account/signup/", "/account/email/"])
@pytest.mark.django_db
def test_nobody_signs_up_or_changes_their_address(client: Client, path: str) -> None:
    client.force_login(make_user("alice@example.com"))
    assert client.get(path).status_code == 404
