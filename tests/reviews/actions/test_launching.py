"""Launching: the population adds up, items are frozen, routed and independent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

import clock
from accounts.enums import (
    AccountStatus,
    AccountType,
    LastUse,
    ManagerProblem,
    PersonStatus,
    RunState,
)
from accounts.models import System, User
from audit.errors import NotAllowed
from audit.models import Event
from reviews.actions.launching import Acknowledgement, launch_campaign, reviewers_of
from reviews.actions.planning import plan_campaign
from reviews.enums import ExclusionRule, Gate, Lane, RoutedBy
from reviews.launch.freeze import scope_root
from reviews.launch.gates import GateClosed
from reviews.models import Campaign, Exclusion, Review, ReviewItem
from reviews.queries import FROZEN_FACTS_SQL
from tests.cast import acting, make_grant, make_person, make_run, make_system, make_team, person_of
from tests.reviews.world import (
    admin_right,
    holding,
    item_of,
    open_campaign,
    report_of,
    right,
    service_account,
    sheet_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_launch_of_one_grant_makes_one_item_for_the_manager(
    sam: User, alice: User, ledger: System
) -> None:
    read = right(ledger, "read", plain_words="Read the ledger")
    account = holding(ledger, report_of(alice, "Tom Eriksen", title="Engineer"), read)
    campaign = open_campaign(sam)
    item = item_of(campaign, account, read)
    assert (
        campaign.in_scope,
        campaign.items_count,
        campaign.exclusions_count,
        reviewers_of(campaign),
    ) == (1, 1, 0, 1)
    assert (item.right, item.holder_name, item.holder_title, item.system_name) == (
        "Read the ledger",
        "Tom Eriksen",
        "Engineer",
        "Ledger",
    )
    assert item.review == sheet_of(campaign, alice)
    assert (item.routed_by, item.lane, item.is_new) == (RoutedBy.MANAGER, Lane.NEW, True)


def test_population_with_each_kind_of_row_adds_up(sam: User, alice: User, ledger: System) -> None:
    base, more = right(ledger, "everybody", baseline=True), right(ledger, "all", baseline=True)
    read = right(ledger, "read")
    tom, lena = report_of(alice, "Tom Eriksen"), report_of(alice, "Lena Fischer")
    mei, kofi = report_of(alice, "Mei Tanaka"), report_of(alice, "Kofi Asante")
    mixed = holding(ledger, tom, base, read)
    make_grant(mixed, read, via="group finance")
    only_baseline = holding(ledger, lena, base, more)
    bare = holding(ledger, mei)
    holding(ledger, kofi, read, status=AccountStatus.DISABLED)
    campaign = open_campaign(sam)
    rules = sorted(Exclusion.objects.filter(campaign=campaign).values_list("rule", flat=True))
    assert (campaign.in_scope, campaign.items_count, campaign.exclusions_count) == (7, 3, 4)
    assert rules == sorted(
        [ExclusionRule.BASELINE, ExclusionRule.BASELINE, ExclusionRule.DISABLED, ExclusionRule.PATH]
    )
    assert item_of(campaign, mixed, read).paths == ["", "group finance"]
    assert item_of(campaign, only_baseline, None).baseline_rights == ["all", "everybody"]
    assert item_of(campaign, bare, None).right == ""


def test_launch_twice_makes_one_campaign_and_one_set_of_items(
    sam: User, alice: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    first, second = open_campaign(sam), open_campaign(sam)
    assert first == second
    assert ReviewItem.objects.count() == 1
    assert Event.objects.filter(verb="campaign.launched").count() == 1


def test_item_commitment_is_that_of_its_frozen_columns(
    sam: User, alice: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Ériksen"), right(ledger, "read"), admin_right(ledger))
    campaign = open_campaign(sam)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.commitment = encode(sha256(convert_to(i.salt || {FROZEN_FACTS_SQL},"
            " 'UTF8')), 'hex') FROM reviews_reviewitem i"
        )
        assert cursor.fetchall() == [(True,), (True,)]
    assert campaign.scope_root == scope_root(campaign)


def test_frozen_facts_stay_when_the_source_changes(sam: User, alice: User, ledger: System) -> None:
    read = right(ledger, "read", plain_words="Read")
    tom = report_of(alice, "Tom Eriksen", title="Engineer")
    account = holding(ledger, tom, read)
    campaign = open_campaign(sam)
    tom.title, ledger.name, read.plain_words = "Director", "General ledger", "Write"
    for changed in (tom, ledger, read):
        changed.save()
    item = item_of(campaign, account, read)
    assert (item.holder_title, item.system_name, item.right) == ("Engineer", "Ledger", "Read")
    assert campaign.scope_root == scope_root(campaign)


@pytest.mark.parametrize(
    "fields",
    [
        {"manager_problem": ManagerProblem.CIRCLE},
        {"manager_problem": ManagerProblem.MISSING, "manager": None},
    ],
)
def test_item_without_a_valid_manager_goes_to_the_fallback(
    sam: User, alice: User, ledger: System, fields: dict[str, object]
) -> None:
    read = right(ledger, "read")
    person = make_person("Tom Eriksen", **{"manager": person_of(alice), **fields})
    account = holding(ledger, person, read)
    campaign = open_campaign(sam)
    item = item_of(campaign, account, read)
    assert (item.review, item.routed_by) == (sheet_of(campaign, sam), RoutedBy.FALLBACK)
    assert campaign.without_manager == 1


def test_item_of_a_departed_managers_report_goes_to_the_fallback(
    sam: User, alice: User, ledger: System
) -> None:
    read = right(ledger, "read")
    account = holding(ledger, report_of(alice, "Tom Eriksen"), read)
    person_of(alice).status = PersonStatus.LEFT
    person_of(alice).save()
    campaign = open_campaign(sam)
    assert item_of(campaign, account, read).review == sheet_of(campaign, sam)


def test_service_account_goes_to_the_lead_of_its_team(
    sam: User, alice: User, ledger: System
) -> None:
    account = service_account(
        ledger, owner_team=make_team("Payments", lead=person_of(alice)), purpose="x"
    )
    campaign = open_campaign(sam)
    item = item_of(campaign, account, None)
    assert (item.review, item.routed_by) == (sheet_of(campaign, alice), RoutedBy.TEAM_LEAD)


def test_service_account_whose_lead_holds_the_credential_goes_to_the_system_owner(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    account = service_account(
        ledger, owner_team=make_team("Payments", lead=person_of(alice)), operator=person_of(alice)
    )
    campaign = open_campaign(sam)
    item = item_of(campaign, account, None)
    assert (item.review, item.routed_by) == (sheet_of(campaign, owner), RoutedBy.SYSTEM_OWNER)


def test_privileged_item_needs_the_system_owner_as_second_person(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    admin = admin_right(ledger)
    account = holding(ledger, report_of(alice, "Tom Eriksen"), admin)
    campaign = open_campaign(sam)
    item = item_of(campaign, account, admin)
    assert (item.lane, item.needs_second, item.second_review) == (
        Lane.MUST_LOOK,
        True,
        sheet_of(campaign, owner),
    )


def test_privileged_item_of_the_owners_own_takes_the_next_in_the_fallback(
    sam: User, alice: User, owner: User, ledger: System
) -> None:
    admin = admin_right(ledger)
    person_of(owner).manager = person_of(alice)
    person_of(owner).save()
    account = holding(ledger, person_of(owner), admin)
    campaign = open_campaign(sam)
    assert item_of(campaign, account, admin).second_review == sheet_of(campaign, sam)


def test_nobody_gets_their_own_access_even_as_the_only_fallback(sam: User, ledger: System) -> None:
    holding(ledger, person_of(sam), right(ledger, "read"))
    with pytest.raises(GateClosed) as refusal:
        open_campaign(sam)
    assert [gate.gate for gate in refusal.value.gates] == [Gate.NO_REVIEWER]
    assert ReviewItem.objects.count() == Review.objects.count() == 0
    assert Event.objects.filter(verb="campaign.launch_refused").count() == 1


def test_gate_without_a_reviewer_cannot_be_acknowledged(
    sam: User, ada: User, ledger: System
) -> None:
    holding(ledger, person_of(sam), right(ledger, "read"))
    campaign = plan_campaign(
        actor=acting(sam), quarter="2026-Q4", due=date(2026, 10, 19), fallback=[person_of(sam)]
    )
    with pytest.raises(GateClosed):
        launch_campaign(campaign, actor=acting(sam), acknowledgement=Acknowledgement("ok", ada))


def test_failed_source_closes_the_gate_until_another_person_acknowledges(
    sam: User, ada: User, alice: User, ledger: System
) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    make_run(make_system("Payroll"), state=RunState.FAILED)
    with pytest.raises(GateClosed) as refusal:
        open_campaign(sam)
    assert [gate.gate for gate in refusal.value.gates] == [Gate.UNCOVERED]
    campaign = Campaign.objects.get()
    with pytest.raises(NotAllowed):
        launch_campaign(campaign, actor=acting(sam), acknowledgement=Acknowledgement("ok", sam))
    opened = launch_campaign(
        campaign, actor=acting(sam), acknowledgement=Acknowledgement("Payroll comes later", ada)
    )
    assert (opened.state, opened.acknowledged_by_ref) == ("open", ada.ref)
    assert [gate["gate"] for gate in opened.gates] == [Gate.UNCOVERED]


def test_stale_source_closes_the_gate(sam: User, alice: User, ledger: System) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    make_run(ledger, read_at=clock.now() - timedelta(days=8))
    with pytest.raises(GateClosed) as refusal:
        open_campaign(sam)
    assert [gate.gate for gate in refusal.value.gates] == [Gate.STALE]


def test_unknown_facts_stay_unknown_on_the_item(sam: User, alice: User, ledger: System) -> None:
    account = holding(
        ledger,
        None,
        username="ghost",
        type=AccountType.UNCLASSIFIED,
        status=AccountStatus.UNKNOWN,
        last_use=LastUse.UNKNOWN,
    )
    item = item_of(open_campaign(sam), account, None)
    assert (item.account_type, item.account_status, item.last_use, item.last_used, item.mfa) == (
        "unclassified",
        "unknown",
        "unknown",
        None,
        "not_available",
    )
    assert item.lane == Lane.MUST_LOOK


def test_row_under_review_elsewhere_is_excluded(sam: User, alice: User, ledger: System) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))
    open_campaign(sam)
    other = make_system("CRM")
    make_run(other)
    both = open_campaign(sam, ledger, other)
    assert (both.in_scope, both.items_count, both.exclusions_count) == (1, 0, 1)
    assert Exclusion.objects.get(campaign=both).rule == ExclusionRule.OTHER_CAMPAIGN


def test_deadline_ends_the_day_in_its_zone_across_a_change_of_clocks(
    sam: User, ledger: System
) -> None:
    campaign = plan_campaign(
        actor=acting(sam), quarter="2026-Q4", due=date(2026, 10, 26), zone="Europe/London"
    )
    assert campaign.due_at == datetime(2026, 10, 26, 23, 59, 59, tzinfo=UTC)


def test_reviewer_may_not_launch(alice: User, ledger: System) -> None:
    with pytest.raises(NotAllowed):
        open_campaign(alice)
