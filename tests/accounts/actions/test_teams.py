"""Teams: who keeps them, and what a lead and a mail alias must be."""

from typing import Any

import pytest

from accounts.actions.teams import create_team, update_team
from accounts.enums import PersonStatus
from accounts.models import Team, User
from audit.errors import NotAllowed, WrongInput
from audit.models import Disclosure, Event
from tests.cast import acting, make_person, make_team

pytestmark = pytest.mark.usefixtures("noon", "db")


def test_create_team_keeps_its_name_out_of_the_event(sam: User, alice: User) -> None:
    team = create_team(
        actor=acting(sam), name="Payments", lead=alice.person, mail="payments@example.com"
    )
    event = Event.objects.get(verb="team.added")
    assert (event.target, "Payments" in event.body) == (f"team:{team.pk}", False)
    texts = Disclosure.objects.filter(event_id=event.pk)
    assert dict(texts.values_list("name", "text")) == {
        "name": "Payments",
        "mail": "payments@example.com",
        "slack_channel": "",
    }


def test_update_team_without_a_change_is_no_event(sam: User) -> None:
    team = make_team("Payments")
    facts: dict[str, Any] = {
        "name": "Payments",
        "lead": None,
        "mail": "",
        "slack_channel": "#payments",
    }
    for _ in range(2):
        update_team(team, actor=acting(sam), **facts)
    team.refresh_from_db()
    assert team.slack_channel == "#payments"
    assert Event.objects.filter(verb="team.changed").count() == 1


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "  "}, "1 to 200 characters"),
        ({"name": "A; B"}, "no semicolon"),
        ({"name": "SUPPORT"}, "There is a team SUPPORT already"),
        ({"mail": "payments@"}, "is no mail address"),
        ({"slack_channel": "#" + "x" * 80}, "at most 80"),
    ],
)
def test_update_team_with_wrong_input(sam: User, changed: dict[str, str], why: str) -> None:
    make_team("Support")
    team = make_team("Payments")
    facts: dict[str, Any] = {
        "name": "Payments",
        "lead": None,
        "mail": "",
        "slack_channel": "",
        **changed,
    }
    with pytest.raises(WrongInput, match=why):
        update_team(team, actor=acting(sam), **facts)


def test_who_has_left_leads_no_team_anew(sam: User) -> None:
    gone = make_person("Gone", status=PersonStatus.LEFT)
    with pytest.raises(WrongInput, match="Gone is no longer here"):
        create_team(actor=acting(sam), name="Payments", lead=gone)
    led = make_team("Led", lead=gone)
    update_team(
        led, actor=acting(sam), name="Led", lead=gone, mail="led@example.com", slack_channel=""
    )
    assert Team.objects.get().mail == "led@example.com"


def test_a_lead_does_not_keep_teams(alice: User, carol: User) -> None:
    team = make_team("Payments", lead=alice.person)
    for user in (alice, carol):
        with pytest.raises(NotAllowed):
            update_team(team, actor=acting(user), name="X", lead=None, mail="", slack_channel="")
    assert Event.objects.count() == 0
