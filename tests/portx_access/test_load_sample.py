"""The whole story told once, and each planted fact looked for in the campaign that is open."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Q
from django.test import override_settings

import clock
from accounts.actions.findings import WATCHED
from accounts.enums import AccountType, RunState
from accounts.models import Account, Finding, ImportRun, Person, User
from jobs.models import Job, JobState, Message, MessageState
from portx_access.places import BASE_DIR
from portx_access.sample import company_at
from portx_access.sample.company import Plant, World, mail_of
from portx_access.sample.dates import Dates
from reviews.enums import Lane, Outcome, ReviewState, RevocationState
from reviews.models import Campaign, Decision, Exclusion, Question, Review, ReviewItem, Revocation
from tests.portx_access.sample_files import TODAY

pytestmark = pytest.mark.django_db

MORNING = datetime(TODAY.year, TODAY.month, TODAY.day, 9, tzinfo=UTC)


class Loaded(NamedTuple):
    answer: dict[str, Any]
    trail: dict[str, Any]
    folder: Path
    world: World
    last: Campaign
    this: Campaign


@pytest.fixture(scope="module")
def sample(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("sample")
    with (
        django_db_blocker.unblock(),
        override_settings(SAMPLE=True, VAR_DIR=folder),
        clock.set_to(MORNING),
    ):
        answer, trail = load(), told("verify_audit_trail")
        last, this = Campaign.objects.order_by("quarter")
        yield Loaded(answer, trail, folder, company_at(TODAY, "now"), last, this)
        call_command("flush", interactive=False)


def load() -> dict[str, Any]:
    return told("load_sample")


def told(command: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, "--json", stdout=out, stderr=StringIO())
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def counts() -> dict[str, int]:
    models = (User, Person, Account, ImportRun, ReviewItem, Decision, Message, Job)
    return {model.__name__: model.objects.count() for model in models}


def test_loading_is_refused_outside_the_sample() -> None:
    with pytest.raises(CommandError, match="sample's own database only") as refusal:
        call_command("load_sample")
    assert refusal.value.returncode == 2


def test_loading_again_changes_nothing_and_tells_the_sign_ins(sample: Loaded) -> None:
    before = counts()
    assert load() == {**sample.answer, "loaded": False}
    assert counts() == before


def test_a_load_that_was_cut_off_is_told(sample: Loaded) -> None:
    mark = sample.folder / "sample-is-being-loaded"
    mark.touch()
    try:
        with pytest.raises(CommandError, match="not loaded to its end") as refusal:
            call_command("load_sample")
        assert refusal.value.returncode == 2
    finally:
        mark.unlink()


def test_each_role_can_sign_in_and_only_we_can_read_how(sample: Loaded) -> None:
    people = sample.answer["sign_ins"]
    roles = {User.objects.get(email=p["mail"]).get_role_display() for p in people}
    assert roles == {p["role"] for p in people}
    assert roles == {"Administrator", "Security team", "Auditor", "Reviewer"}
    assert all(User.objects.get(email=p["mail"]).check_password(p["password"]) for p in people)
    assert len({p["password"] for p in people}) == len(people)
    file = sample.folder / "sign-ins.json"
    assert json.loads(file.read_text()) == people
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_import_is_complete_and_was_not_held(sample: Loaded) -> None:
    assert set(ImportRun.objects.values_list("state", "taken_by_ref")) == {(RunState.COMPLETE, "")}
    assert ImportRun.objects.count() == 4 * 10 - 1
    assert not ImportRun.objects.exclude(rows_read=F("imported") + F("rejected")).exists()


def test_no_work_and_no_mail_is_left_over(sample: Loaded) -> None:
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE}
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.KEPT}


def test_the_counts_of_both_campaigns_add_up(sample: Loaded) -> None:
    for campaign in (sample.last, sample.this):
        items = ReviewItem.objects.filter(campaign=campaign).count()
        exclusions = Exclusion.objects.filter(campaign=campaign).count()
        assert (campaign.items_count, campaign.exclusions_count) == (items, exclusions)
        assert campaign.in_scope == items + exclusions
    totals = sample.last.totals
    assert totals == {
        **dict.fromkeys(Outcome.values, 0),
        "certified": totals["items"] - totals["revoked"],
        "revoked": 27,
        "items": sample.last.items_count,
    }


def test_the_last_review_was_signed_by_all_and_closed_with_a_named_approver(
    sample: Loaded,
) -> None:
    dates = Dates(TODAY)
    last = sample.last
    assert (last.quarter, last.state) == (dates.last_quarter, "closed")
    assert set(last.reviews.values_list("state", flat=True)) == {ReviewState.SIGNED}
    assert not last.reviews.filter(receipt_digest="").exists()
    assert [gap["gate"] for gap in last.gaps] == ["uncovered", "unproved"]
    assert last.gaps_approved_by_ref == User.objects.get(email=mail_of("ingrid.solberg")).ref
    late = Decision.objects.filter(review__campaign=last, late=True)
    assert set(late.values_list("person_name", flat=True)) == {"Patrick Doyle"}


def test_questions_were_answered_last_time_and_are_open_this_time(sample: Loaded) -> None:
    def of(campaign: Campaign) -> list[bool]:
        questions = Question.objects.filter(item__campaign=campaign)
        return [question.answered_at is not None for question in questions]

    assert of(sample.last) == [True] * 5
    assert of(sample.this) == [False] * 2
    assert not Question.objects.filter(asked_of=F("decision__person")).exists()


def removals(campaign: Campaign | None, state: str) -> set[tuple[str, str]]:
    orders = Revocation.objects.filter(campaign=campaign, state=state)
    return set(orders.values_list("system_name", "account_username"))


def test_the_removals_of_the_last_review_are_proved_but_for_one(sample: Loaded) -> None:
    orders = Revocation.objects.filter(campaign=sample.last)
    assert removals(sample.last, RevocationState.FAILED) == {("Ledger database", "hugo_lindgren")}
    assert orders.filter(state=RevocationState.VERIFIED).count() == orders.count() - 1
    back = orders.filter(reappeared_at__isnull=False)
    assert set(back.values_list("account_username", "entitlement__key")) == {
        ("elif_demir", "ledger_rw")
    }
    slow = [o.account_username for o in orders if o.done_at and o.done_at > o.due_at]
    assert slow == ["ian.fletcher"]


def test_the_removals_of_this_review_stand_where_the_story_left_them(sample: Loaded) -> None:
    assert removals(sample.this, RevocationState.OPEN) == {
        ("AWS payments", "piotr.zielinski"),
        ("Grafana", "miriam.katz"),
    }
    assert removals(sample.this, RevocationState.FAILED) == {
        ("CRM", "erik.svensson@northlark.example")
    }
    # A row of its file names nobody, so this import proves no removal.
    assert removals(sample.this, RevocationState.DONE) == {("Jira and Confluence", "miriam.katz")}
    assert removals(None, RevocationState.DONE) == {("Jira and Confluence", "ahmed.farouk")}
    assert removals(None, RevocationState.VERIFIED) == {("CRM", "chloe.martin@northlark.example")}
    caused = Finding.objects.exclude(cause="").values_list("account__username", "cause")
    assert set(caused) == {
        ("chloe.martin@northlark.example", "overlooked"),
        ("ahmed.farouk", "overlooked"),
    }


def test_this_review_is_under_way(sample: Loaded) -> None:
    this = sample.this
    assert (this.quarter, this.state) == (Dates(TODAY).quarter, "open")
    signed = this.reviews.filter(state=ReviewState.SIGNED).count()
    assert 5 <= signed <= this.reviews.count() - 5
    days = Decision.objects.filter(review__campaign=this).values_list("decided_at__date")
    assert len(set(days)) >= 4
    outcomes = set(ReviewItem.objects.filter(campaign=this).values_list("outcome", flat=True))
    assert outcomes == {"open", "certified", "revoked", "gone"}


def test_the_sheet_of_the_reviewer_who_left_went_to_another(sample: Loaded) -> None:
    marcus = Review.objects.get(campaign=sample.this, reviewer__mail=mail_of("marcus.bell"))
    assert marcus.items.count() == 0
    moved = ReviewItem.objects.filter(campaign=sample.this, routed_by="successor")
    assert {item.first_reviewer.name for item in moved} == {"Marcus Bell"}
    assert moved.filter(decisions__state="proposed").exists()


def test_one_source_is_stale_and_one_system_uncovered(sample: Loaded) -> None:
    runs = ImportRun.objects.filter(
        source__current_run=F("pk"), read_at__lt=sample.this.launched_at
    )
    assert list(runs.values_list("source__name", flat=True)) == ["GitHub"]
    assert [gate["gate"] for gate in sample.last.gates] == ["G0"]
    assert [gate["gate"] for gate in sample.this.gates] == ["G0", "G4"]


def test_nobody_judged_their_own_access(sample: Loaded) -> None:
    own = Q(person=F("item__holder")) | Q(person=F("item__account__owner_person"))
    assert Decision.objects.filter(own).count() == 0
    two = Decision.objects.filter(item__needs_second=True, state="standing")
    judges: dict[int, set[int]] = {}
    for decision in two:
        judges.setdefault(decision.item_id, set()).add(decision.person_id)
    certified = ReviewItem.objects.filter(needs_second=True, outcome=Outcome.CERTIFIED)
    assert {len(judges[item.pk]) for item in certified} == {2}


def test_the_trail_is_valid(sample: Loaded) -> None:
    assert (sample.trail["result"], sample.trail["problems"]) == ("valid", [])
    assert sample.trail["events"] > 2000


def test_the_evidence_of_the_last_review_verifies(sample: Loaded) -> None:
    [package] = (sample.folder / "evidence").glob("*.zip")
    run = subprocess.run(
        [sys.executable, BASE_DIR / "verify_evidence.py", package],
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert f"{sample.last.items_count} items" in run.stdout


# What was planted, as the open campaign and the facts show it.

Place = tuple[str, ...]


@pytest.fixture(scope="module")
def items(sample: Loaded) -> list[ReviewItem]:
    return list(ReviewItem.objects.filter(campaign=sample.this).select_related("holder"))


@pytest.fixture
def planted(sample: Loaded) -> Callable[..., set[Place]]:
    """Where these facts were planted: system and username, and the right where one is asked."""

    def find(*plants: Plant, right: bool = False) -> set[Place]:
        found = [p for p in sample.world.planted if p.plant in plants]
        return {(p.system, p.username, *([p.right] if right else [])) for p in found}

    return find


@pytest.fixture
def showing(items: list[ReviewItem]) -> Callable[..., set[Place]]:
    """The items that show an insight of this rule."""

    def find(
        rule: str, when: Callable[[dict[str, Any]], bool] = lambda _: True, *, right: bool = False
    ) -> set[Place]:
        return {
            place(item, right=right)
            for item in items
            for insight in item.insights
            if insight["rule"] == rule and when(insight)
        }

    return find


def place(item: ReviewItem, *, right: bool = False) -> Place:
    return (item.system_name, item.account_username, *([item.entitlement_key] if right else []))


def persons(world: World, *plants: Plant) -> set[str]:
    return {mail_of(p.person) for p in world.planted if p.plant in plants}


LEFT = (Plant.LEAVER_USED_AFTER, Plant.LEAVER_NOT_USED, Plant.LEAVER_USE_UNKNOWN)
Planting = Callable[..., set[Place]]


def test_leavers_are_violations(planted: Planting, showing: Planting) -> None:
    ended = planted(Plant.TEMPORARY_EXPIRED)  # The contract has ended as well.
    assert showing("S1") == planted(*LEFT, Plant.GONE_FROM_ROSTER) | ended
    assert showing("S1", lambda i: i["value"]["status"] == "gone") == planted(
        Plant.GONE_FROM_ROSTER
    )
    for plant, used in zip(LEFT, ("yes", "no", "unknown"), strict=True):
        found = showing(
            "S1",
            lambda i, used=used: (
                i["value"]["used_after"] == used and i["value"]["status"] == "left"
            ),
        )
        assert found - ended == planted(plant)


def test_what_lies_idle_is_shown(planted: Planting, showing: Planting) -> None:
    assert showing("S2") == planted(Plant.INACTIVE)
    assert showing("S3") == planted(Plant.NEVER_USED)
    assert showing("S5", lambda i: i["value"]["last_use"] == "unknown") == planted(
        Plant.LAST_USE_UNKNOWN
    )


def test_what_is_unknown_stays_unknown(planted: Planting, items: list[ReviewItem]) -> None:
    people = [i for i in items if i.account_type == AccountType.PERSONAL]
    assert {place(i) for i in people if i.mfa == "unknown"} == planted(Plant.MFA_UNKNOWN)
    telling = {i.system_name for i in items if i.account_status == "active"}
    assert {
        place(i) for i in items if i.account_status == "unknown" and i.system_name in telling
    } == planted(Plant.STATUS_UNKNOWN)


def test_raised_rights_must_be_looked_at(
    planted: Planting, showing: Planting, items: list[ReviewItem]
) -> None:
    raised = planted(Plant.RAISED, right=True)
    # Where no right of an item was replaced, the raised one counts as new.
    beside = {
        ("AWS payments", "chinedu.eze", "Administrators"),
        ("GitHub", "tomeriksen-nl", "org:owner"),
    }
    told = [
        showing("S8", lambda i, w=w: i["value"]["what"] == w, right=True) for w in ("raised", "new")
    ]
    assert told[0] == raised - beside
    assert beside <= told[1]
    assert {i.lane for i in items if place(i, right=True) in raised} == {Lane.MUST_LOOK}


def test_new_rights_of_people_who_stayed_are_new(
    sample: Loaded, planted: Planting, showing: Planting
) -> None:
    last = ReviewItem.objects.filter(campaign=sample.last)
    movers = persons(sample.world, Plant.MOVED)
    stayed = set(last.values_list("holder__mail", flat=True)) - movers
    theirs = {
        (account.system, account.username)
        for account in sample.world.accounts.values()
        if mail_of(account.holder) in stayed
    }
    other = planted(Plant.INACTIVE, Plant.NEVER_USED)  # Some of them opened an account for it.
    new = {found for found in showing("S8", right=True) if found[2] and found[:2] in theirs - other}
    given = (
        *(Plant.NEW_RIGHT, Plant.RAISED, Plant.BACK_AGAIN, Plant.OUTSIDE_TEAM),
        Plant.GENERIC_PERSONAL,
    )
    assert new == {found for found in planted(*given, right=True) if found[:2] not in other}


def test_what_was_revoked_is_there_again(
    planted: Planting, showing: Planting, sample: Loaded
) -> None:
    revoked = planted(Plant.BACK_AGAIN, Plant.NOT_REMOVED, right=True)
    assert showing("S10", right=True) == revoked
    open_ones = Finding.objects.filter(rule="S10", state="open")
    assert {(f.system.name, f.account.username) for f in open_ones} == planted(Plant.BACK_AGAIN)


def test_movers_have_changed(sample: Loaded, items: list[ReviewItem]) -> None:
    """And so have those whose manager is not named as before."""
    assert {
        item.holder.mail
        for item in items
        if item.holder and {c["field"] for c in item.changes} & {"team", "title", "manager"}
    } == persons(
        sample.world,
        Plant.MOVED,
        Plant.MANAGER_CIRCLE,
        Plant.MANAGER_UNKNOWN,
        Plant.MANAGER_MISSING,
        Plant.MANAGER_AMBIGUOUS,
    )


@pytest.mark.parametrize(
    ("rule", "problem", "plant"),
    [
        ("S12", "expired", Plant.TEMPORARY_EXPIRED),
        ("S12", "no_end", Plant.TEMPORARY_NO_END),
        ("S12", "no_sponsor", Plant.TEMPORARY_NO_SPONSOR),
        ("S13", "no_owner", Plant.SERVICE_NO_OWNER),
        ("S13", "no_purpose", Plant.SERVICE_NO_PURPOSE),
        ("S13", "owner_left", Plant.SERVICE_OWNER_LEFT),
    ],
)
def test_accounts_that_break_their_rules_are_violations(
    planted: Planting, showing: Planting, rule: str, problem: str, plant: Plant
) -> None:
    assert showing(rule, lambda i: problem in i["value"]["problems"]) == planted(plant)
    found = Finding.objects.filter(rule=rule, facts__value__problems__contains=problem)
    since = {(f.system.name, f.account.username) for f in found}
    assert planted(plant) <= since


def test_accounts_that_are_not_what_they_are_called_are_violations(
    planted: Planting, showing: Planting
) -> None:
    assert showing("S14") == planted(Plant.SERVICE_INTERACTIVE)
    assert showing("S15", lambda i: i["value"]["why"] == "generic_name") == planted(
        Plant.GENERIC_PERSONAL
    )
    assert showing("S22", right=True) == planted(Plant.OUTSIDE_TEAM, right=True)
    assert showing("S23", right=True) == planted(Plant.BEYOND_ROLE, right=True)
    for rule, plant in (
        ("S14", Plant.SERVICE_INTERACTIVE),
        ("S15", Plant.GENERIC_PERSONAL),
        ("S16", Plant.EMERGENCY_USED),
        ("S22", Plant.OUTSIDE_TEAM),
        ("S23", Plant.BEYOND_ROLE),
    ):
        found = Finding.objects.filter(rule=rule, state="open")
        assert {(f.system.name, f.account.username) for f in found} == planted(plant)


def test_what_asks_for_a_closer_look_is_told(planted: Planting, showing: Planting) -> None:
    first = {("Jira and Confluence", "ben.carter")}
    assert showing("S18") == planted(Plant.TWO_ACCOUNTS) | first
    for problem, plant in (
        ("old_secret", Plant.UNROTATED),
        ("no_mfa", Plant.NO_SECOND_FACTOR),
    ):
        found = showing("S21", lambda i, p=problem: p in i["value"]["problems"], right=True)
        assert found == planted(plant, right=True)
    assert planted(Plant.UNUSUAL, right=True) <= showing("S6", right=True)
    assert planted(Plant.NO_NEED, right=True) <= showing("S20", right=True)
    assert showing("S16", lambda i: i["outcome"] == "V") == planted(Plant.EMERGENCY_USED)
    assert showing("S19", right=True) == planted(Plant.DUTY_CONFLICT, right=True)


def test_movers_are_told_for_a_month(sample: Loaded, items: list[ReviewItem]) -> None:
    told = {i.holder.mail for i in items if i.holder and "S11" in rules_of(i)}
    assert persons(sample.world, Plant.MOVED) <= told


def rules_of(item: ReviewItem) -> set[str]:
    return {insight["rule"] for insight in item.insights}


def test_accounts_of_nobody_are_violations(planted: Planting, showing: Planting) -> None:
    assert showing("S17") == planted(Plant.ORPHANED, Plant.SERVICE_NO_OWNER)


def test_every_violation_is_an_open_finding_until_the_facts_change(
    sample: Loaded, showing: Planting
) -> None:
    standing = {(a.system.name, a.username) for a in Account.objects.filter(gone_at=None)}
    for rule in WATCHED:
        found = Finding.objects.filter(rule=rule, state="open")
        open_ones = {(f.system.name, f.account.username) for f in found}
        violations = showing(rule, lambda i: i["outcome"] == "V")
        assert violations & standing <= open_ones, rule


def test_weak_matches_are_told(planted: Planting) -> None:
    def linked(method: str, system: str) -> set[Place]:
        accounts = Account.objects.filter(link_method=method, system__name=system, gone_at=None)
        return set(accounts.values_list("system__name", "username"))

    assert linked("mail", "Okta") == planted(Plant.MATCH_BY_MAIL)
    assert linked("name", "Grafana") == planted(Plant.MATCH_BY_NAME)
    assert Account.objects.filter(link_method="name").count() == 1


@pytest.mark.parametrize(
    ("problem", "plant", "besides"),
    [
        ("circle", Plant.MANAGER_CIRCLE, set()),
        ("unknown", Plant.MANAGER_UNKNOWN, set()),
        ("missing", Plant.MANAGER_MISSING, {"helena.duarte"}),  # Nobody is above her.
        ("ambiguous", Plant.MANAGER_AMBIGUOUS, set()),
    ],
)
def test_managers_that_cannot_be_relied_on_are_reported(
    sample: Loaded, problem: str, plant: Plant, besides: set[str]
) -> None:
    found = set(Person.objects.filter(manager_problem=problem).values_list("mail", flat=True))
    assert found == persons(sample.world, plant) | {mail_of(key) for key in besides}


def test_those_whose_manager_left_are_reported(sample: Loaded) -> None:
    found = Person.objects.filter(manager_problem="departed").exclude(status="left")
    marcus = Person.objects.get(mail=mail_of("marcus.bell"))
    here = marcus.reports.exclude(status="left").values_list("mail", flat=True)
    assert set(found.values_list("mail", flat=True)) == persons(
        sample.world, Plant.MANAGER_DEPARTED
    ) | set(here)


def test_what_was_planted_beside_lies_in_its_lane(sample: Loaded, items: list[ReviewItem]) -> None:
    """Generic accounts that were made service accounts are in order, whatever they are called."""

    def of(plant: Plant) -> set[tuple[str, str, int]]:
        places = {(p.system, p.username) for p in sample.world.planted if p.plant == plant}
        return {
            (item.account_username, item.account_type, item.lane)
            for item in items
            if place(item) in places
        }

    assert of(Plant.GENERIC) == {
        ("reception@northlark.example", "service", Lane.UNCHANGED),
        ("testuser", "service", Lane.UNCHANGED),
        ("tv-wall", "service", Lane.UNCHANGED),
    }
    assert of(Plant.EMERGENCY_USED) == {("break-glass-1", "emergency", Lane.MUST_LOOK)}
    assert of(Plant.SERVICE_INTERACTIVE) == {("svc-payout-files", "service", Lane.MUST_LOOK)}
    assert of(Plant.GENERIC_PERSONAL) == {("reception", "personal", Lane.MUST_LOOK)}
    assert of(Plant.TWO_ACCOUNTS) == {("bcarter", "personal", Lane.NEW)}
    assert of(Plant.OUTSIDE_TEAM) == {("nfernandes", "personal", Lane.MUST_LOOK)}


def test_every_plant_is_looked_for() -> None:
    text = Path(__file__).read_text()
    assert [p for p in Plant if f"Plant.{p.name}" not in text] == []
