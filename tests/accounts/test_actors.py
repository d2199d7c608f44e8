"""Actors: a signed-in user, a person named on the command line, or the system by name."""

import getpass
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.actors import from_command, from_request, get_user, user_of
from accounts.models import User
from audit.actors import Actor, Channel
from audit.errors import NotAllowed, WrongInput


def test_from_request_is_the_signed_in_user(sam: User) -> None:
    request = SimpleNamespace(user=sam, META={"REQUEST_ID": "abc123"})
    assert from_request(request) == Actor.user(sam.pk, Channel.PAGE, request="abc123")


def test_from_request_refuses_strangers_and_the_deactivated(sam: User) -> None:
    sam.is_active = False
    for user in (AnonymousUser(), sam):
        with pytest.raises(NotAllowed):
            from_request(SimpleNamespace(user=user, META={}))


def test_from_command_names_a_person(sam: User) -> None:
    assert from_command(" SAM.ito@example.com ") == Actor.user(
        sam.pk, Channel.COMMAND, named_by="named on the command line"
    )


def test_from_command_without_a_name_is_the_system() -> None:
    expected = Actor.system(f"command line ({getpass.getuser()})", Channel.COMMAND)
    assert from_command(None) == expected


def test_get_user_says_which_option_was_wrong(sam: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(WrongInput, match=r"--acknowledged-by names sam\.ito@example\.com"):
        get_user(sam.email, option="--acknowledged-by")


def test_user_of_an_actor(sam: User) -> None:
    actor = Actor.user(sam.pk, Channel.PAGE)
    assert (user_of(actor), user_of(Actor.system("relay"))) == (sam, None)
    User.objects.update(is_active=False)
    with pytest.raises(NotAllowed, match="deactivated"):
        user_of(actor)
