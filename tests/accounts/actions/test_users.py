"""Logins: who makes them, whom the invitation reaches, and what nobody does to their own."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.actions.users import (
    change_role,
    create_user,
    deactivate_user,
    invitation_link,
    invite_user,
    reactivate_user,
)
from accounts.enums import PersonStatus, Role
from accounts.models import Person, User
from audit.actors import Actor, Channel
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.models import Event
from jobs.models import Message
from tests.accounts.imports import COMMAND
from tests.cast import PASSWORD, acting, make_person

pytestmark = pytest.mark.usefixtures("noon", "db")


def link_in(message: Message) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/password/link/\S+)", message.body)
    assert found is not None
    return found[1]


def test_create_user_invites_to_their_own_address(ada: User, client: Client) -> None:
    user = create_user(
        actor=acting(ada), mail=" New@Example.com ", role=Role.SECURITY, name="Nia New"
    )
    user.refresh_from_db()
    person = Person.objects.get(user=user)
    assert (user.email, user.role, user.has_usable_password()) == (
        "new@example.com",
        Role.SECURITY,
        False,
    )
    assert (person.name, person.source_id, person.status) == (
        "Nia New",
        None,
        PersonStatus.ACTIVE,
    )
    message = Message.objects.get()
    assert message.to == "new@example.com"
    page = client.get(link_in(message), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    event = Event.objects.get(verb="user.created")
    assert (event.target, "example.com" in event.body) == (user.ref, False)


def test_create_user_takes_the_person_whom_the_rosters_know(ada: User) -> None:
    make_person("Kim Gone", mail="kim@example.com", status=PersonStatus.LEFT)
    kim = make_person("Kim Lee", mail="Kim@example.com")
    user = create_user(actor=acting(ada), mail="kim@example.com", role=Role.REVIEWER)
    assert user.person == kim
    with pytest.raises(Conflict, match="has a login already"):
        create_user(actor=acting(ada), mail="KIM@example.com", role=Role.REVIEWER)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"mail": "nobody", "role": "reviewer"}, "is no mail address"),
        ({"mail": "a@example.com", "role": "owner"}, "is no role: choose one of reviewer"),
    ],
)
def test_create_user_with_wrong_input(ada: User, said: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongInput, match=why):
        create_user(actor=acting(ada), **said)
    assert Message.objects.count() == 0


def test_logins_are_an_administrators_to_manage(sam: User, alice: User, carol: User) -> None:
    for user in (sam, carol):
        actor = acting(user)
        with pytest.raises(NotAllowed, match="Only an administrator"):
            create_user(actor=actor, mail="x@example.com", role=Role.AUDITOR)
        with pytest.raises(NotAllowed, match="Only an administrator"):
            change_role(alice, actor=actor, role=Role.ADMINISTRATOR)
        for verb in (deactivate_user, reactivate_user):
            with pytest.raises(NotAllowed, match="Only an administrator"):
                verb(alice, actor=actor)
    alice.refresh_from_db()
    assert (alice.role, alice.is_active, Event.objects.count()) == (Role.REVIEWER, True, 0)


def test_the_command_line_makes_logins_until_an_administrator_has_a_password() -> None:
    first = create_user(actor=COMMAND, mail="first@example.com", role=Role.ADMINISTRATOR)
    create_user(actor=COMMAND, mail="second@example.com", role=Role.ADMINISTRATOR)
    first.set_password(PASSWORD)
    first.save()
    with pytest.raises(NotAllowed, match="There is an administrator"):
        create_user(actor=COMMAND, mail="third@example.com", role=Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed, match="There is an administrator"):
        create_user(actor=Actor.system("relay", Channel.JOB), mail="x@example.com", role="auditor")


def test_change_role_is_an_event_and_never_ones_own(ada: User, alice: User) -> None:
    change_role(alice, actor=acting(ada), role=Role.AUDITOR)
    alice.refresh_from_db()
    assert alice.role == Role.AUDITOR
    event = Event.objects.get(verb="user.role_changed")
    assert '"now":"auditor","was":"reviewer"' in event.body
    with pytest.raises(NotAllowed, match="Nobody changes their own role"):
        change_role(ada, actor=acting(ada), role=Role.REVIEWER)


def test_deactivate_user_ends_every_session_and_no_other(
    ada: User, alice: User, client: Client
) -> None:
    other = Client()
    client.force_login(alice)
    other.force_login(ada)
    deactivate_user(alice, actor=acting(ada))
    assert Session.objects.count() == 1
    assert client.get("/team/").status_code == 302
    assert other.get("/team/").status_code == 200
    with pytest.raises(NotAllowed, match="Nobody ends their own login"):
        deactivate_user(ada, actor=acting(ada))
    reactivate_user(alice, actor=acting(ada))
    alice.refresh_from_db()
    assert alice.is_active


def test_invite_user_again_is_another_message(ada: User, alice: User) -> None:
    invite_user(alice, actor=acting(ada))
    assert [message.to for message in Message.objects.all()] == [alice.email]


def test_invitation_link_is_for_those_without_a_password(alice: User) -> None:
    kim = make_person("Kim Lee", mail="kim@example.com")
    link = invitation_link(kim, actor=COMMAND)
    assert "/password/link/" in link
    assert User.objects.get(person=kim).role == Role.REVIEWER
    assert invitation_link(Person.objects.get(user=alice), actor=COMMAND) == ""
