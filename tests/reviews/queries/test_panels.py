"""What the panel says beyond the frozen columns: peers, the catalogue, insights of today."""

from datetime import UTC, datetime

import pytest

from accounts.actions.catalogue import update_entry
from accounts.models import Account, System, Team, User
from reviews.models import ReviewItem
from reviews.queries.panels import Panel, panel_of
from reviews.queries.sheets import rows_of
from tests.cast import NOON, acting, make_person, make_team
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def team() -> Team:
    return make_team("Payments")


@pytest.fixture
def tom(sam: User, alice: User, owner: User, ledger: System, team: Team) -> ReviewItem:
    """Tom and one more of five in the team read the books; the catalogue is at version 1."""
    read = right(ledger, "read", plain_words="Read the books", permits="See every entry.")
    read = update_entry(
        read,
        actor=acting(owner),
        version=0,
        plain_words="Read the books",
        permits="See entries.",
        privileged="no",
        baseline=False,
        allowed_teams=[],
        allowed_roles=[],
    )
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name, team=team), read)
    for name in ("Mei Tanaka", "Ida Berg", "Sofia Marino"):
        report_of(alice, name, team=team)
    return ReviewItem.objects.get(campaign=open_campaign(sam), holder_name="Tom Eriksen")


def read_panel(item: ReviewItem) -> Panel:
    item = ReviewItem.objects.get(pk=item.pk)
    return panel_of(rows_of(item.review, [item])[0])


def test_peers_are_those_of_the_team_who_hold_the_same(tom: ReviewItem) -> None:
    peers = read_panel(tom).peers
    assert peers is not None
    assert (peers.holders, peers.all, peers.among) == (2, 5, "in Payments")
    assert peers.as_of == NOON


def test_peers_who_left_are_not_counted_and_below_five_nothing_is_said(
    tom: ReviewItem, team: Team
) -> None:
    team.members.filter(name="Mei Tanaka").update(status="left")
    assert read_panel(tom).peers is None


def test_peers_without_a_team_are_the_reports_of_the_manager(
    tom: ReviewItem, team: Team, alice: User
) -> None:
    team.members.update(team=None)
    peers = read_panel(tom).peers
    assert peers is not None
    assert (peers.holders, peers.all, peers.among) == (2, 5, "whom Alice Okafor manages")


def test_peers_of_an_account_are_those_with_an_account_there(
    sam: User, alice: User, ledger: System, team: Team
) -> None:
    people = [report_of(alice, f"Person {n}", team=team) for n in range(6)]
    for person in people[:3]:
        holding(ledger, person, username=person.name)
    item = sheet_of(open_campaign(sam), alice).items.order_by("pk")[0]
    peers = read_panel(item).peers
    assert peers is not None
    assert (peers.holders, peers.all) == (3, 6)


def test_peers_of_nobodys_account_are_none(tom: ReviewItem) -> None:
    Account.objects.filter(pk=tom.account_id).update(person=None)
    assert read_panel(tom).peers is None


def test_catalogue_is_told_in_the_version_seen_and_as_it_is_today(
    tom: ReviewItem, owner: User
) -> None:
    entry = read_panel(tom).entry
    assert entry is not None
    assert entry.seen is not None
    assert (entry.seen.version, entry.seen.permits, entry.today) == (1, "See entries.", None)
    assert tom.entitlement is not None
    update_entry(
        tom.entitlement,
        actor=acting(owner),
        version=1,
        plain_words="Read all books",
        permits="See all.",
        privileged="no",
        baseline=False,
        allowed_teams=[],
        allowed_roles=[],
    )
    entry = read_panel(tom).entry
    assert entry is not None
    assert entry.today is not None
    assert (entry.today.version, entry.today.plain_words) == (2, "Read all books")


def test_insights_of_today_tell_what_has_come_and_what_is_gone(tom: ReviewItem) -> None:
    panel = read_panel(tom)
    assert (panel.come, panel.gone) == ([], [])
    used = datetime(2026, 3, 1, tzinfo=UTC)
    Account.objects.filter(pk=tom.account_id).update(last_used=used)
    assert [insight["rule"] for insight in read_panel(tom).come] == ["S2"]
    stood = {"rule": "S17", "outcome": "V", "value": {}, "source": "Ledger", "as_of": ""}
    ReviewItem.objects.filter(pk=tom.pk).update(insights=[stood])
    assert [insight["rule"] for insight in read_panel(tom).gone] == ["S17"]


def test_what_is_told_against_history_or_peers_is_never_called_gone(tom: ReviewItem) -> None:
    stood = {"rule": "S8", "outcome": "L", "value": {"what": "new"}, "source": "x", "as_of": ""}
    ReviewItem.objects.filter(pk=tom.pk).update(insights=[stood])
    assert read_panel(tom).gone == []


def test_account_that_is_gone_has_no_insights_of_today(tom: ReviewItem) -> None:
    Account.objects.filter(pk=tom.account_id).update(gone_at=NOON, person=make_person())
    panel = read_panel(tom)
    assert (panel.come, panel.gone) == ([], [])
