"""open_campaign, close_campaign, build_evidence: what they print, and when they refuse."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import System, User
from audit.models import Event
from jobs.models import Message
from reviews.actions.deciding import Pick, decide
from reviews.actions.signing import sign_off
from reviews.enums import Choice
from reviews.models import Campaign, CampaignFallback, ReviewItem
from tests.cast import NOON, acting, make_person, make_run, make_system
from tests.commands.running import (
    DONE,
    NEEDS_A_PERSON,
    WRONG_INPUT,
    Ran,
    run,
    run_well,
)
from tests.reviews.world import admin_right, holding, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Q4 = ("--quarter", "2026-Q4")


@pytest.fixture
def scope(ledger: System, alice: User, sam: User) -> System:
    """Two of Alice's reports, somebody without a manager, and an account that is switched off."""
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)
    holding(ledger, make_person("Noor Haddad", manager_problem="missing"), read)
    holding(ledger, report_of(alice, "Kofi Asante"), read, status="disabled")
    return ledger


def gates(ran: Ran) -> list[str]:
    return [gate["gate"] for gate in ran.said["gates"]]


def test_open_campaign_prints_the_arithmetic(scope: System) -> None:
    ran = run("open_campaign", *Q4)
    assert (ran.status, ran.errors) == (DONE, "")
    assert ran.said == {
        "id": Campaign.objects.get().pk,
        "state": "open",
        "quarter": "2026-Q4",
        "due": "2026-10-19T23:59:59+00:00",
        "in_scope": 4,
        "items": 3,
        "exclusions": 1,
        "reviewers": 2,
        "without_manager": 1,
        "second_person_missing": 0,
    }


def test_same_quarter_and_scope_again_prints_the_same_campaign(scope: System) -> None:
    first, again = run_well("open_campaign", *Q4), run_well("open_campaign", *Q4)
    by_name = run_well("open_campaign", *Q4, "--system", "ledger")
    assert (again, by_name) == (first, first)
    assert (Campaign.objects.count(), ReviewItem.objects.count()) == (1, 3)
    assert Event.objects.filter(verb="campaign.launched").count() == 1


def test_another_scope_is_another_campaign(scope: System) -> None:
    make_run(make_system("Wiki"))
    first = run_well("open_campaign", *Q4, "--system", "Ledger")
    both = run_well("open_campaign", *Q4, "--system", "Ledger", "--system", "Wiki")
    assert (first["items"], both["items"], both["exclusions"]) == (3, 0, 4)


def test_due_is_the_end_of_a_day_in_the_zone(scope: System, settings: Any) -> None:
    settings.TIME_ZONE = "America/New_York"
    assert run_well("open_campaign", *Q4)["due"] == "2026-10-19T23:59:59-04:00"


def test_due_today_is_taken_and_yesterday_is_not(scope: System) -> None:
    late = run("open_campaign", *Q4, "--due", "2026-10-04")
    assert (late.status, late.said, Campaign.objects.count()) == (WRONG_INPUT, {}, 0)
    assert late.errors == "The deadline 2026-10-04 has passed: name a day from today on.\n"
    assert run_well("open_campaign", *Q4, "--due", "2026-10-05")["due"][:10] == "2026-10-05"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--quarter", "Q4"],
            "'Q4' is no quarter: write a year and a quarter, as in 2026-Q4.",
        ),
        (
            [*Q4, "--due", "19.10.2026"],
            "--due is '19.10.2026': write a day like 2026-10-19.",
        ),
        (
            [*Q4, "--system", "Wiki"],
            "There is no system 'Wiki': import its accounts first.",
        ),
        (
            [*Q4, "--fallback", "nobody@example.com"],
            "--fallback names nobody@example.com, and nobody is known by that mail.",
        ),
        (
            [*Q4, "--acknowledge", "Because"],
            "--acknowledge and --acknowledged-by go together: a reason and a person.",
        ),
    ],
)
def test_wrong_input_is_one_line_and_plans_nothing(
    scope: System, arguments: list[str], sentence: str
) -> None:
    ran = run("open_campaign", *arguments)
    assert (ran.status, ran.said, ran.errors) == (WRONG_INPUT, {}, sentence + "\n")
    assert Campaign.objects.count() == 0


def test_the_fallback_is_security_unless_people_are_named(scope: System, sam: User) -> None:
    run_well("open_campaign", *Q4)
    assert CampaignFallback.objects.get().person == sam.person
    ben, cleo = make_person("Ben Ade"), make_person("Cleo Marsh")
    named = run_well(
        "open_campaign", "--quarter", "2027-Q1", "--fallback", ben.mail, "--fallback", cleo.mail
    )
    people = CampaignFallback.objects.filter(campaign=named["id"]).order_by("rank")
    assert [each.person for each in people] == [ben, cleo]


def test_without_anybody_to_judge_the_gate_ends_with_3(ledger: System) -> None:
    holding(ledger, make_person("Noor Haddad", manager_problem="missing"), right(ledger, "read"))
    ran = run("open_campaign", *Q4)
    assert (ran.status, ran.said["state"], gates(ran)) == (NEEDS_A_PERSON, "planned", ["G3"])
    assert ran.errors == (
        "1 item has nobody who may judge: every candidate would judge their own access, or has "
        "left. Name more people as fallback.\n"
    )
    assert ReviewItem.objects.count() == 0


def test_a_plan_that_a_gate_stopped_takes_the_fallback_that_is_named_then(ledger: System) -> None:
    holding(ledger, make_person("Noor Haddad", manager_problem="missing"), right(ledger, "read"))
    stopped = run("open_campaign", *Q4)
    pia = make_person("Pia Lund")
    opened = run_well("open_campaign", *Q4, "--fallback", pia.mail, "--due", "2026-10-30")
    assert (stopped.status, opened["id"]) == (NEEDS_A_PERSON, stopped.said["id"])
    assert (opened["state"], opened["due"]) == ("open", "2026-10-30T23:59:59+00:00")
    assert ReviewItem.objects.get().first_reviewer == pia


@pytest.fixture
def stale(scope: System) -> System:
    make_run(scope, read_at=NOON - timedelta(days=8))
    return scope


def test_a_closed_gate_is_passed_with_a_reason_and_another_person(stale: System, sam: User) -> None:
    refused = run("open_campaign", *Q4)
    assert (refused.status, gates(refused)) == (NEEDS_A_PERSON, ["G1"])
    assert refused.errors == (
        "Ledger was last read 8 days ago; at most 7 are allowed. Import it again.\n"
    )
    opened = run(
        "open_campaign", *Q4, "--acknowledge", "Vendor outage", "--acknowledged-by", sam.email
    )
    assert (opened.status, opened.said["id"], opened.said["state"]) == (
        DONE,
        refused.said["id"],
        "open",
    )
    campaign = Campaign.objects.get()
    assert (campaign.acknowledged_by_ref, campaign.acknowledged_reason) == (
        sam.ref,
        "Vendor outage",
    )
    event = Event.objects.get(verb="campaign.launched")
    assert event.actor.startswith("system:command line (")
    assert '"named_by":"named on the command line"' in event.body


@pytest.mark.parametrize("who", ["alice", "carol", "sam by sam"])
def test_a_closed_gate_is_not_passed_by_the_wrong_person(
    stale: System, alice: User, carol: User, sam: User, who: str
) -> None:
    by = {"alice": alice, "carol": carol, "sam by sam": sam}[who].email
    acting_as = ["--actor", sam.email] if who == "sam by sam" else []
    ran = run("open_campaign", *Q4, "--acknowledge", "x", "--acknowledged-by", by, *acting_as)
    assert (ran.status, ran.said, ran.errors) == (
        WRONG_INPUT,
        {},
        (
            f"{by} cannot approve this: it takes another active person of the security team, or an "
            "administrator, than the one who asks.\n"
        ),
    )
    assert ReviewItem.objects.count() == 0
    assert Event.objects.filter(verb="trail.refused").count() == 1


def test_opening_is_for_those_who_run_campaigns(scope: System, alice: User) -> None:
    ran = run("open_campaign", *Q4, "--actor", alice.email)
    assert (ran.status, ran.errors) == (
        WRONG_INPUT,
        "Only the security team plans, launches and closes campaigns.\n",
    )
    assert (Campaign.objects.count(), Event.objects.get().verb) == (0, "trail.refused")


def test_without_a_worker_reviewers_are_told_by_the_command_itself(
    scope: System, alice: User, sam: User
) -> None:
    run_well("open_campaign", *Q4)
    told = Message.objects.filter(key__startswith="launch:").order_by("to")
    assert list(told.values_list("to", "state")) == [
        (alice.email, "kept"),
        (sam.email, "kept"),
    ]


def test_counts_of_what_lacks_people(scope: System, sam: User) -> None:
    """A privileged item of Sam's own group: the only fallback is the first reviewer already."""
    scope.owner = None
    scope.save()
    holding(scope, make_person("Ines Roth", manager_problem="circle"), admin_right(scope))
    refused = run("open_campaign", *Q4)
    assert (refused.status, gates(refused)) == (NEEDS_A_PERSON, ["G5"])
    said = run_well("open_campaign", *Q4, "--acknowledge", "x", "--acknowledged-by", sam.email)
    assert (said["without_manager"], said["second_person_missing"]) == (2, 1)


def decide_all(campaign: int, *users: User) -> None:
    for user in users:
        sheet = sheet_of(Campaign.objects.get(pk=campaign), user)
        for item in sheet.items.order_by("pk"):
            decide(
                sheet,
                actor=acting(user),
                picks=[Pick(item.pk, item.version)],
                choice=Choice.CERTIFY,
                reason="On call",
            )
        sign_off(sheet, actor=acting(user), method="password")


def test_close_campaign_with_everything_done(scope: System, alice: User, sam: User) -> None:
    number = run_well("open_campaign", *Q4)["id"]
    decide_all(number, alice, sam)
    closed = run("close_campaign", number)
    assert (closed.status, closed.said["state"], closed.said["gaps"]) == (DONE, "closed", [])
    assert closed.said["totals"] == {
        "open": 0,
        "certified": 3,
        "certified_until": 0,
        "revoked": 0,
        "gone": 0,
        "not_reviewed": 0,
        "items": 3,
    }
    assert run_well("close_campaign", number) == closed.said


def test_close_campaign_with_gaps_needs_another_person(
    scope: System, alice: User, sam: User
) -> None:
    number = run_well("open_campaign", *Q4)["id"]
    refused = run("close_campaign", number)
    assert (refused.status, refused.said["state"]) == (NEEDS_A_PERSON, "open")
    assert [gap["gate"] for gap in refused.said["gaps"]] == ["not_reviewed"]
    for wrong in (["--with-gaps", "Migration"], ["--acknowledged-by", sam.email]):
        assert run("close_campaign", number, *wrong).status == WRONG_INPUT
    alone = run("close_campaign", number, "--with-gaps", "x", "--acknowledged-by", alice.email)
    assert (alone.status, Campaign.objects.get().state) == (WRONG_INPUT, "open")
    closed = run_well(
        "close_campaign", number, "--with-gaps", "Migration", "--acknowledged-by", sam.email
    )
    assert (closed["state"], closed["totals"]["not_reviewed"]) == ("closed", 3)
    campaign = Campaign.objects.get()
    assert (campaign.gaps_approved_by_ref, campaign.gaps_reason) == (sam.ref, "Migration")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["close_campaign", "77"], "There is no campaign 77."),
        (["build_evidence", "77", "--output", "x.zip"], "There is no campaign 77."),
    ],
)
def test_a_campaign_that_is_not_there_is_wrong_input(
    db: None, arguments: list[str], sentence: str
) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.said, ran.errors) == (WRONG_INPUT, {}, sentence + "\n")


def test_evidence_into_no_folder_is_wrong_input(scope: System, tmp_path: Path) -> None:
    number = run_well("open_campaign", *Q4)["id"]
    ran = run("build_evidence", number, "--output", tmp_path / "none" / "x.zip")
    assert (ran.status, ran.errors) == (
        WRONG_INPUT,
        f"There is no folder {tmp_path / 'none'} to write into.\n",
    )


@pytest.mark.django_db(transaction=True)
def test_build_evidence_says_what_it_wrote(scope: System, tmp_path: Path, alice: User) -> None:
    number = run_well("open_campaign", *Q4)["id"]
    file = tmp_path / "package.zip"
    said = run_well("build_evidence", number, "--output", file)
    assert (said["id"], said["file"], said["size"], said["interim"]) == (
        number,
        str(file),
        file.stat().st_size,
        True,
    )
    refused = run("build_evidence", number, "--output", tmp_path / "b.zip", "--actor", alice.email)
    assert (refused.status, refused.errors) == (
        WRONG_INPUT,
        "Evidence is for auditors, the security team and administrators.\n",
    )
