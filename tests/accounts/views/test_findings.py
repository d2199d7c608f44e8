"""Findings on pages: why, by when, and the ways to resolve them in place."""

from datetime import timedelta

import pytest
from django.test import Client

import clock
from accounts.actions.reappearances import open_reappearance
from accounts.enums import FindingState, Resolution
from accounts.models import Finding, User
from tests.accounts.imports import COMMAND
from tests.accounts.views.world import World, world
from tests.cast import NOON

__all__ = ["world"]

pytestmark = pytest.mark.usefixtures("noon", "db")


def test_a_finding_says_why_and_closes_when_what_is_missing_is_named(
    client: Client, owner: User, world: World
) -> None:
    finding = world.finding("S13")
    at = f"/findings/{finding.pk}/"
    client.force_login(owner)
    page = client.get(at).content.decode()
    assert "no person and no team owns it and no purpose is recorded" in page
    assert [act.name for act, _ in client.get(at).context["acts"]] == ["owner", "purpose", "type"]
    client.post(f"{at}right/owner/", {"owner": "Payments"})
    finding.refresh_from_db()
    assert finding.state == FindingState.OPEN
    page = client.post(
        f"{at}right/purpose/", {"purpose": "Copies rows."}, follow=True
    ).content.decode()
    finding.refresh_from_db()
    assert (finding.state, finding.resolution) == (FindingState.RESOLVED, Resolution.CORRECTED)
    assert "Corrected by a person" in page


def test_a_form_that_was_wrong_stands_open_on_the_finding(
    client: Client, owner: User, world: World
) -> None:
    client.force_login(owner)
    answer = client.post(f"/findings/{world.finding('S13').pk}/right/owner/", {"owner": "Nobody"})
    assert (answer.status_code, answer.context["open"]) == (422, "owner")
    assert "Nobody here is known by" in answer.content.decode()


def test_the_cause_of_a_leavers_account_is_confirmed(
    client: Client, owner: User, world: World
) -> None:
    at = f"/findings/{world.leaver.pk}/settle/cause/"
    client.force_login(owner)
    answer = client.post(at, {"cause": "other", "note": ""})
    assert (answer.status_code, "Say in the note" in answer.content.decode()) == (422, True)
    client.post(at, {"cause": "told_late", "note": "HR told us on Monday."})
    world.leaver.refresh_from_db()
    assert (world.leaver.cause, world.leaver.state) == ("told_late", FindingState.OPEN)
    page = client.get(f"/findings/{world.leaver.pk}/").content.decode()
    assert "We were told late" in page


def test_what_a_rule_still_shows_has_no_form_that_declares_it_resolved(
    client: Client, owner: User, world: World
) -> None:
    client.force_login(owner)
    assert client.get(f"/findings/{world.leaver.pk}/").context["resolve_form"] is None
    answer = client.post(
        f"/findings/{world.leaver.pk}/settle/resolve/", {"resolution": "explained", "note": "x"}
    )
    assert answer.status_code == 422
    world.leaver.refresh_from_db()
    assert world.leaver.state == FindingState.OPEN


def test_what_came_back_is_explained_by_hand(client: Client, owner: User, world: World) -> None:
    finding = open_reappearance(
        world.linked, None, actor=COMMAND, revoked_at=NOON, verified_at=NOON, link="revocation:1"
    )
    client.force_login(owner)
    page = client.get(f"/findings/{finding.pk}/").content.decode()
    assert "is there again" in page
    said = {"resolution": "explained", "note": "Restored on purpose."}
    answer = client.post(f"/findings/{finding.pk}/settle/resolve/", said, follow=True)
    assert "Restored on purpose." in answer.content.decode()


def test_an_auditor_sees_a_finding_without_a_way_to_settle_it(
    client: Client, carol: User, world: World
) -> None:
    client.force_login(carol)
    page = client.get(f"/findings/{world.leaver.pk}/").content.decode()
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_findings_are_filtered_and_late_ones_stand_out(
    client: Client, owner: User, world: World
) -> None:
    client.force_login(owner)
    assert client.get("/findings/?rule=S1").context["shown"].rows == [world.leaver]
    assert client.get("/findings/?overdue=yes").context["shown"].rows == []
    mine = client.get("/findings/?owner=me").context["shown"].rows
    assert {row.owner_person for row in mine} == {owner.person}
    with clock.set_to(NOON + timedelta(days=2)):
        client.logout()
        client.force_login(owner)
        answer = client.get("/findings/?overdue=yes")
        assert len(answer.context["shown"].rows) == Finding.objects.filter(state="open").count()
        assert 'chip-bad">overdue' in answer.content.decode()


def test_an_export_of_findings_is_marked_with_the_highest_class(
    client: Client, owner: User, world: World
) -> None:
    client.force_login(owner)
    answer = client.get("/findings/?rule=S1&export=csv")
    text = b"".join(answer).decode("utf-8-sig")
    assert "customer-confidential.csv" in answer.headers["Content-Disposition"]
    assert [line.split(",")[-1] for line in text.splitlines()[1:]] == ["Customer Confidential"]
