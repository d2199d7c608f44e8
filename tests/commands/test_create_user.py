"""create_user: the first administrator from the command line, everybody else by one."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from accounts.actions.first_sign_in import keep_first_links
from accounts.enums import Role
from accounts.models import Person, User
from audit.models import Event
from jobs.models import Message
from tests.cast import acting, make_person
from tests.commands.running import DONE, WRONG_INPUT, run, run_well

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

PLACE = Path(django_settings.VAR_DIR) / "first-sign-in.txt"
FIRST = ("create_user", "ada@example.com", "--role", "administrator", "--name", "Ada Novak")


def test_the_first_administrator_comes_with_a_person_whom_no_roster_makes_vanish() -> None:
    said = run_well(*FIRST)
    user = User.objects.get()
    assert user.person is not None
    assert said == {
        "id": user.pk,
        "mail": "ada@example.com",
        "role": "administrator",
        "person": user.person_id,
        "link_to_set_a_password_in": str(PLACE),
    }
    assert (user.person.name, user.person.source) == ("Ada Novak", None)
    assert Event.objects.get(verb="user.created").actor.startswith("system:command line (")


def test_the_link_to_set_a_password_goes_to_the_own_address_and_is_not_printed() -> None:
    ran = run(*FIRST)
    message = Message.objects.get()
    (link,) = [line for line in message.body.splitlines() if line.startswith("http")]
    assert (message.to, message.state) == ("ada@example.com", "kept")
    assert "/password/link/" in link
    assert link.rstrip("/").rpartition("-")[2] not in str(ran)


def test_the_first_link_lies_where_only_the_owner_of_the_data_reads_it(client: Client) -> None:
    run_well(*FIRST)
    (line,) = PLACE.read_text().splitlines()
    name, _, link = line.partition(": ")
    assert (name, PLACE.stat().st_mode & 0o777) == ("Ada Novak", 0o600)
    page = client.get(link, follow=True)
    assert (page.status_code, "password1" in page.content.decode()) == (200, True)


def test_no_link_lies_about_once_an_administrator_is_in_office(ada: User) -> None:
    PLACE.write_text("an old one")
    assert keep_first_links(actor=acting(ada)) is None
    assert not PLACE.exists()


def test_no_link_lies_about_where_mail_is_sent(settings: Settings) -> None:
    settings.MAIL_IS_KEPT = False
    assert "link_to_set_a_password_in" not in run_well(*FIRST)
    assert not PLACE.exists()


def test_somebody_of_a_roster_gets_a_login_and_stays_one_person() -> None:
    person = make_person("Tom Eriksen")
    said = run_well("create_user", person.mail.upper(), "--role", "auditor")
    assert (said["person"], Person.objects.count()) == (person.pk, 1)


def test_once_an_administrator_is_in_office_logins_are_theirs_to_make(ada: User) -> None:
    new = ("create_user", "eve@example.com", "--role", "administrator")
    refused = run(*new)
    assert (refused.status, refused.errors, User.objects.count()) == (
        WRONG_INPUT,
        "There is an administrator: name them with --actor, or let them make the login.\n",
        1,
    )
    assert Event.objects.get(verb="trail.refused").target == "command:create_user"
    assert run(*new, "--actor", ada.email).status == DONE
    assert User.objects.get(email="eve@example.com").role == Role.ADMINISTRATOR


def test_nobody_else_makes_logins(ada: User, sam: User) -> None:
    ran = run("create_user", "eve@example.com", "--role", "security", "--actor", sam.email)
    assert (ran.status, ran.errors) == (WRONG_INPUT, "Only an administrator manages logins.\n")
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("mail", "role", "sentence"),
    [
        ("eve", "auditor", "'eve' is no mail address."),
        (
            "eve@example.com",
            "king",
            (
                "'king' is no role: choose one of reviewer, auditor, security, administrator. "
                "Owning a system makes a reviewer its owner."
            ),
        ),
    ],
)
def test_wrong_input_is_one_line(db: None, mail: str, role: str, sentence: str) -> None:
    ran = run("create_user", mail, "--role", role)
    assert (ran.status, ran.said, ran.errors) == (WRONG_INPUT, {}, sentence + "\n")
    assert (User.objects.count(), Person.objects.count()) == (0, 0)


def test_a_login_that_is_there_is_not_made_again(ada: User) -> None:
    ran = run("create_user", ada.email, "--role", "auditor", "--actor", ada.email)
    assert (ran.status, ran.errors) == (
        WRONG_INPUT,
        "ada.novak@example.com has a login already: change its role instead.\n",
    )
    assert User.objects.get().role == Role.ADMINISTRATOR
