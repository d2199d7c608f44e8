"""People, teams, and a manager's own team, on pages."""

import pytest
from django.test import Client

from accounts.enums import AccountType
from accounts.models import Account, System, Team, User
from tests.accounts.imports import import_people
from tests.accounts.views.world import World, world
from tests.cast import make_account, make_entitlement, make_grant, make_person, make_team, person_of

__all__ = ["world"]

pytestmark = pytest.mark.usefixtures("noon", "db")


def test_people_are_filtered_by_what_the_roster_says(
    client: Client, sam: User, world: World
) -> None:
    client.force_login(sam)
    for asked, names in {
        "q=lee": ["Kim Lee"],
        "status=left": ["Lea Fischer"],
        "works=contractor": ["Priya Natarajan"],
        "problem=unknown": ["Omar Haddad"],
        f"roster={world.roster.source_id}&team={world.team.pk}&status=active": [
            "Kim Lee",
            "Priya Natarajan",
        ],
    }.items():
        rows = client.get(f"/people/?{asked}").context["shown"].rows
        assert [row.name for row in rows] == names


def test_manager_problems_are_reported_with_what_the_roster_wrote(
    client: Client, carol: User, world: World
) -> None:
    client.force_login(carol)
    page = client.get("/people/problems/").content.decode()
    assert "The named manager is not known" in page
    assert "the roster says “Nobody Known”" in page
    assert "Lea Fischer" not in page


def test_a_person_shows_accounts_reports_and_what_the_roster_says(
    client: Client, sam: User, world: World
) -> None:
    client.force_login(sam)
    page = client.get(f"/people/{world.kim.pk}/").content.decode()
    for said in ("kim.lee", "Vault", "Lea Fischer", "Engineer, Payments", "E1"):
        assert said in page


def test_a_manager_sees_what_their_people_hold_and_nobody_elses(
    client: Client, alice: User, world: World
) -> None:
    make_account(world.system, "elsewhere", person=make_person("Somebody Else"))
    client.force_login(alice)
    answer = client.get("/team/")
    assert [row.name for row in answer.context["shown"].rows] == ["Kim Lee", "Priya Natarajan"]
    page = answer.content.decode()
    assert ("admin, " in page.replace("\n", ""), "elsewhere" in page) == (True, False)
    text = b"".join(client.get("/team/?export=csv")).decode()
    assert "Vault: admin, reader" in text


def test_a_team_lead_sees_what_the_team_owns(client: Client, alice: User, ledger: System) -> None:
    team = make_team("Payments", lead=alice.person)
    account = make_account(
        ledger, "svc-nightly", type=AccountType.SERVICE, owner_team=team, purpose="Copies rows."
    )
    make_grant(account, make_entitlement(ledger, "write"))
    client.force_login(alice)
    page = client.get("/team/").content.decode()
    assert ("svc-nightly" in page, "Copies rows." in page) == (True, True)


def test_an_owner_finds_their_systems_on_the_page_of_their_team(
    client: Client, owner: User, ledger: System
) -> None:
    client.force_login(owner)
    page = client.get("/team/").content.decode()
    assert f'href="/systems/{ledger.pk}/catalogue/"' in page
    assert "Nobody reports to you" in page


def test_a_login_of_nobody_is_told_why_nothing_is_there(client: Client, bob: User) -> None:
    bob.person = None
    bob.save()
    client.force_login(bob)
    page = client.get("/team/").content.decode()
    assert "Your login is linked to nobody on a roster" in page


def test_a_team_is_given_a_lead(client: Client, sam: User, alice: User) -> None:
    import_people("employee id,name,team\n7,Kim,Payments\n")
    team = Team.objects.get(name="Payments")
    client.force_login(sam)
    said = {"name": "Payments", "lead": "Alice Okafor", "mail": "payments@example.com"}
    page = client.post(f"/teams/{team.pk}/", said, follow=True).content.decode()
    assert "The team Payments is changed." in page
    team.refresh_from_db()
    assert (team.lead, team.mail) == (alice.person, "payments@example.com")
    answer = client.post("/teams/new/", {"name": "payments"})
    assert (answer.status_code, "There is a team payments already" in answer.content.decode()) == (
        422,
        True,
    )


def test_suggestions_name_whoever_is_here(client: Client, alice: User, world: World) -> None:
    make_team("Platform")
    client.force_login(alice)
    people = client.get("/suggest/people/?owner=lee").content.decode()
    assert people.strip() == '<option value="Kim Lee &lt;kim.lee@example.com&gt;"></option>'
    assert "Lea Fischer" not in client.get("/suggest/people/?x=fischer").content.decode()
    assert "Platform" in client.get("/suggest/owners/?x=plat").content.decode()
    for short in ("/suggest/people/?x=k", "/suggest/people/", "/suggest/people/?x=%00%00"):
        assert client.get(short).content.strip() == b""


def test_an_account_of_ones_own_is_on_ones_own_page(
    client: Client, bob: User, ledger: System
) -> None:
    own = make_account(ledger, "bob", person=person_of(bob))
    client.force_login(bob)
    page = client.get(f"/people/{person_of(bob).pk}/").content.decode()
    assert f'href="/accounts/{own.pk}/"' in page
    assert Account.objects.visible_to(bob).get() == own
