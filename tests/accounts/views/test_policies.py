"""The policy on its pages: read by auditors, drafted, previewed and put in force."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import clock
from accounts.insights import SOC2, current_policy
from accounts.insights.figures import figures
from accounts.models import PolicyVersion, System, User
from jobs.runner import drain
from tests.accounts.policies import drafted, in_force
from tests.cast import NOON, make_account, make_person

pytestmark = pytest.mark.usefixtures("noon")


def said(**changed: Any) -> dict[str, Any]:
    """What the form sends: every figure, and no word of a switch that is off."""
    values = {**figures(SOC2), "note": "Our auditor asked.", **changed}
    return {name: value for name, value in values.items() if value is not False}


@pytest.mark.django_db
def test_the_delivered_policy_is_read_by_an_auditor(client: Client, carol: User) -> None:
    client.force_login(carol)
    page = client.get("/policy/").content.decode()
    assert "Nobody has changed a threshold yet." in page
    assert ("Longest exception" in page, "Change thresholds" in page) == (True, False)


@pytest.mark.django_db
def test_a_preset_fills_the_form(client: Client, sam: User) -> None:
    client.force_login(sam)
    form = client.get("/policy/draft/?preset=FedRAMP+High").context["form"]
    assert form["inactive_revoke"].value() == 35
    form = client.get("/policy/draft/?preset=Unheard+of").context["form"]
    assert form["inactive_revoke"].value() == 90


@pytest.mark.django_db
def test_what_contradicts_itself_is_said_at_its_field(client: Client, sam: User) -> None:
    client.force_login(sam)
    wrong = said(inactive_look="100", peer_share="", stale_file="a week", violation_hours="0")
    answer = client.post("/policy/draft/", wrong)
    assert answer.status_code == 422
    assert dict(answer.context["form"].errors) == {
        "peer_share": ["“Share of peers that is rare” needs a figure: the default is 15."],
        "stale_file": ["“Oldest file” is a whole number of days."],
    }
    answer = client.post("/policy/draft/", said(inactive_look="100", violation_hours="0"))
    assert dict(answer.context["form"].errors) == {
        "violation_hours": ["“Time to put a violation right” lies between 1 and 720 hours."],
        "inactive_revoke": ["Revoking comes after the closer look: name more than 100 days."],
    }
    assert PolicyVersion.objects.count() == 0


@pytest.mark.django_db
def test_the_figures_in_force_again_are_no_draft(client: Client, sam: User) -> None:
    client.force_login(sam)
    page = client.post("/policy/draft/", said()).content.decode()
    assert "These are the thresholds in force already" in page


@pytest.mark.django_db(transaction=True)
def test_a_draft_is_counted_and_put_in_force(client: Client, sam: User, ledger: System) -> None:
    make_account(ledger, person=make_person(), last_used=NOON - timedelta(days=25))
    client.force_login(sam)
    changed = said(inactive_notice="20", pace_told=False)
    page = client.post("/policy/draft/", changed, follow=True)
    draft = PolicyVersion.objects.get()
    assert (draft.values["inactive_notice"], draft.values["pace_told"]) == (20, False)
    assert "Waiting for its turn" in page.content.decode()
    at = f"/policy/versions/{draft.pk}/"
    drain()
    page = client.get(at)
    text = page.content.decode()
    assert [(each.rule, each.more) for each in page.context["named"]] == [("S2", 1)]
    assert ("<b>+1</b>" in text, "<b>20 days</b>" in text, "<b>off</b>" in text) == (True,) * 3
    with clock.set_to(NOON + timedelta(minutes=1)):
        client.post(at + "preview/")
        assert "Waiting for its turn" in client.get(at).content.decode()
        drain()
    page = client.post(at + "force/", follow=True)
    assert "Version 2 of the policy is in force." in page.content.decode()
    assert (current_policy().inactive_notice, current_policy().pace_told) == (20, False)
    text = client.get(at).content.decode()
    assert ("Version 2: Own figures" in text, "Put in force</button>" in text) == (True, False)


@pytest.mark.django_db
def test_a_draft_that_was_overtaken_says_so(client: Client, sam: User, ada: User) -> None:
    draft = drafted(sam, inactive_notice=20)
    in_force(ada, inactive_notice=10)
    client.force_login(sam)
    at = f"/policy/versions/{draft.pk}/"
    page = client.get(at).content.decode()
    assert "Version 2 has come into force since this was drafted." in page
    back = {"Referer": f"http://testserver{at}"}
    page = client.post(at + "force/", headers=back, follow=True).content.decode()
    assert "which began from version 1: draft it anew" in page
    page = client.post(at + "discard/", follow=True).content.decode()
    assert "The draft is dropped." in page


@pytest.mark.django_db
def test_the_versions_say_what_each_changed(client: Client, carol: User, sam: User) -> None:
    in_force(sam, inactive_notice=20)
    in_force(sam, inactive_notice=10, pace_told=False)
    drafted(sam, secret_age=30)
    client.force_login(carol)
    page = client.get("/policy/versions/")
    assert [row.version for row in page.context["shown"].rows] == [3, 2]
    assert "First look after: 20 days to <b>10 days</b>" in page.content.decode()
    csv = b"".join(client.get("/policy/versions/?export=csv")).decode()
    assert (
        "First look after: 20 days to 10 days; Measure the time that decisions take: on to off"
        in csv
    )


@pytest.mark.django_db
def test_the_versions_cost_the_same_at_3_and_at_60(client: Client, sam: User) -> None:
    client.force_login(sam)
    costs = []
    for first, last in ((1, 3), (4, 60)):
        for number in range(first, last + 1):
            PolicyVersion.objects.create(
                version=number + 1,
                name="Own figures",
                values={**figures(SOC2), "inactive_notice": number},
                based_on=number,
                note="Because",
                made_by=sam,
                made_at=NOON,
                in_force_from=NOON,
            )
        client.get("/policy/versions/")
        with CaptureQueriesContext(connection) as queries:
            shown = client.get("/policy/versions/").context["shown"]
        costs.append(len(queries))
        assert len(shown.rows) == min(last, 50)
    assert costs[0] == costs[1]
