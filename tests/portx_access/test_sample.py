import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from accounts.connectors.base import ACCOUNT, PERSON
from accounts.connectors.file import open_file
from accounts.connectors.file_headers import guess_mapping
from accounts.connectors.values import ENTITLEMENT_SEPARATORS, read_last_use
from portx_access.sample import Manifest, Moment, company_at, write_company
from portx_access.sample.company import Plant, Planted, World
from portx_access.sample.dates import MOMENTS, Dates
from tests.portx_access.sample_files import TODAY, Row, day, exports, people, rows, table

LAUNCH = Dates(TODAY).launch


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> dict[Moment, Manifest]:
    folder = tmp_path_factory.mktemp("sample")
    return {m: write_company(folder / m, today=TODAY, quarter=m) for m in MOMENTS}


@pytest.fixture(scope="module")
def now(manifests: dict[Moment, Manifest]) -> Manifest:
    return manifests["now"]


@pytest.fixture(scope="module")
def accounts(now: Manifest) -> dict[tuple[str, str], Row]:
    """The first row of each account of the second review, by system and username."""
    return {
        (system, row["username"]): row
        for system, found in exports(now).items()
        for row in reversed(found)
    }


@pytest.fixture(scope="module")
def roster(now: Manifest) -> dict[str, Row]:
    """Everybody on a roster, by the local part of the mail."""
    return {row["mail"].partition("@")[0]: row for row in people(now)}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.*")
    }


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    write_company(tmp_path / "one", today=TODAY, quarter="now")
    write_company(tmp_path / "two", today=TODAY, quarter="now")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert len(digests(tmp_path / "one")) == 2 + 1 + 8 + 8


def test_another_seed_gives_other_files(tmp_path: Path) -> None:
    write_company(tmp_path / "one", today=TODAY, quarter="before")
    write_company(tmp_path / "two", today=TODAY, quarter="before", seed=1)
    assert digests(tmp_path / "one") != digests(tmp_path / "two")


def test_the_company_has_the_size_that_it_is_said_to_have(now: Manifest) -> None:
    grants = sum(len(found) for found in exports(now).values())
    assert 145 <= sum(row["status"] == "Active" for row in people(now)) <= 160
    assert 1450 <= grants <= 1600
    assert len(now.teams) == 13
    assert [s.name for s in now.systems if s.source] == [
        "Okta",
        "AWS payments",
        "GitHub",
        "Ledger database",
        "CRM",
        "Jira and Confluence",
        "Grafana",
        "Firewall",
    ]
    assert [s.name for s in now.systems if not s.source] == ["Payroll"]


def test_the_managers_form_four_levels_and_more(roster: dict[str, Row]) -> None:
    by_number = {row["employee_id"]: row for row in roster.values()}

    def level(row: Row, seen: frozenset[str] = frozenset()) -> int:
        above = by_number.get(row["manager"])
        if above is None or row["employee_id"] in seen:
            return 1
        return 1 + level(above, seen | {row["employee_id"]})

    levels = [level(row) for row in roster.values() if row["worker_type"] == "Employee"]
    assert {1, 2, 3, 4} <= set(levels)
    assert roster["helena.duarte"]["manager"] == ""


def test_the_named_cast_is_there(roster: dict[str, Row]) -> None:
    cast = {
        "alice.okafor": "Head of Payments Engineering",
        "bob.lindqvist": "Head of Customer Support",
        "carol.whitfield": "External Auditor",
        "sam.reyes": "Security Lead",
        "ada.kowalczyk": "Systems Administrator",
        "marcus.bell": "Head of Ledger Engineering",
        "irene.sato": "Chief Technology Officer",
        "jonas.weber": "Head of Platform",
        "priya.natarajan": "Engineer",
        "tom.eriksen": "Senior Engineer",
        "lena.fischer": "Integration Engineer",
        "mei.tanaka": "Engineer",
        "sofia.marino": "Senior Engineer",
    }
    assert {key: roster[key]["title"] for key in cast} == cast


def items_of_manager(world: World, manifest: Manifest, manager: str) -> int:
    """What a manager will have to judge: each right beyond the baseline, or the account."""
    baseline = set()
    for system in manifest.systems:
        if system.catalogue:
            for row in entries(system.catalogue):
                if row["baseline"] == "yes":
                    baseline.add((system.name, row["entitlement"]))
    total = 0
    for account in world.accounts.values():
        person = world.people.get(account.holder)
        if person and person.manager == manager and account.active is not False:
            total += len([r for r in account.rights if (account.system, r) not in baseline]) or 1
    return total


@pytest.mark.parametrize(
    ("manager", "least", "most"),
    [("alice.okafor", 27, 35), ("bob.lindqvist", 110, 130), ("marcus.bell", 60, 80)],
)
def test_the_sheets_have_the_length_of_the_sketches(
    now: Manifest, manager: str, least: int, most: int
) -> None:
    assert least <= items_of_manager(company_at(TODAY, "now"), now, manager) <= most


def left(roster: dict[str, Row], planted: Planted) -> date:
    row = roster[planted.person]
    assert row["status"] == "Terminated"
    ended = day(row["end"])
    assert ended
    return ended


def live(row: Row) -> bool:
    return row.get("status", "") in {"", "active", "ACTIVE", "Active", "enabled", "True"}


Check = Callable[[Row, Planted, dict[str, Row]], bool]
ACCOUNT_CHECKS: dict[Plant, tuple[int, Check]] = {
    Plant.LEAVER_USED_AFTER: (
        1,
        lambda row, p, roster: live(row) and (day(row["last_used"]) or LAUNCH) > left(roster, p),
    ),
    Plant.LEAVER_NOT_USED: (
        1,
        lambda row, p, roster: live(row) and (day(row["last_used"]) or LAUNCH) < left(roster, p),
    ),
    Plant.LEAVER_USE_UNKNOWN: (
        2,
        lambda row, p, roster: live(row) and "last_used" not in row and left(roster, p) < LAUNCH,
    ),
    Plant.GONE_FROM_ROSTER: (
        1,
        lambda row, p, roster: live(row) and p.person == "ruth.adeyemi" not in roster,
    ),
    Plant.INACTIVE: (
        9,
        lambda row, *_: LAUNCH - (day(row["last_used"]) or LAUNCH) > timedelta(days=90),
    ),
    Plant.NEVER_USED: (
        5,
        lambda row, *_: (
            row["last_used"] in {"never", "Never", "Never accessed"}
            and LAUNCH - (day(row["created"]) or LAUNCH) > timedelta(days=30)
        ),
    ),
    Plant.LAST_USE_UNKNOWN: (3, lambda row, *_: row["last_used"] == ""),
    Plant.MFA_UNKNOWN: (4, lambda row, *_: row["mfa"] == ""),
    Plant.STATUS_UNKNOWN: (1, lambda row, *_: row["status"] == ""),
    Plant.TEMPORARY_EXPIRED: (
        4,
        lambda row, *_: live(row) and (day(row["expires"]) or LAUNCH) < LAUNCH,
    ),
    Plant.TEMPORARY_NO_END: (1, lambda row, *_: row["expires"] == "" != row["sponsor"]),
    Plant.TEMPORARY_NO_SPONSOR: (1, lambda row, *_: row["sponsor"] == "" != row["expires"]),
    Plant.SERVICE_NO_OWNER: (1, lambda row, *_: row["owner"] == "" != row["purpose"]),
    Plant.SERVICE_NO_PURPOSE: (1, lambda row, *_: row["purpose"] == "" != row["owner"]),
    Plant.SERVICE_OWNER_LEFT: (
        1,
        lambda row, _, roster: roster[row["owner"].partition("@")[0]]["status"] == "Terminated",
    ),
    Plant.SERVICE_INTERACTIVE: (
        1,
        lambda row, *_: row["username"].startswith("svc-") and day(row["last_used"]) is not None,
    ),
    Plant.EMERGENCY_USED: (
        1,
        lambda row, *_: LAUNCH - (day(row["last_used"]) or date.min) < timedelta(days=90),
    ),
    Plant.UNROTATED: (
        1,
        lambda row, *_: LAUNCH - (day(row["secret_changed"]) or LAUNCH) > timedelta(days=90),
    ),
    Plant.NO_SECOND_FACTOR: (1, lambda row, *_: row["mfa"] == "false"),
    Plant.GENERIC_PERSONAL: (
        1,
        lambda row, _, roster: (
            row["username"] == "reception" and row["mail"] == roster["petra.kovacs"]["mail"]
        ),
    ),
    Plant.GENERIC: (3, lambda row, _, roster: row["username"].partition("@")[0] not in roster),
    Plant.ORPHANED: (
        3,
        lambda row, _, roster: (
            row.get("owner", "") == ""
            and row["mail"] == ""
            and row["name"] not in {person["name"] for person in roster.values()}
        ),
    ),
    Plant.MATCH_BY_MAIL: (
        1,
        lambda row, _, roster: (
            row["employee_id"] == "" and row["mail"] == roster["judith.maier"]["mail"]
        ),
    ),
    Plant.MATCH_BY_NAME: (
        1,
        lambda row, _, roster: row["mail"] == "" and row["name"] == roster["iva.petrova"]["name"],
    ),
}


@pytest.mark.parametrize("plant", ACCOUNT_CHECKS)
def test_each_planted_account_stands_in_its_file(
    now: Manifest,
    accounts: dict[tuple[str, str], Row],
    roster: dict[str, Row],
    plant: Plant,
) -> None:
    count, check = ACCOUNT_CHECKS[plant]
    planted = [p for p in now.planted if p.plant == plant]
    assert len(planted) == count
    assert [p for p in planted if not check(accounts[p.system, p.username], p, roster)] == []


def test_two_accounts_of_one_person_bear_one_mail(
    now: Manifest, accounts: dict[tuple[str, str], Row]
) -> None:
    [second] = [p for p in now.planted if p.plant == Plant.TWO_ACCOUNTS]
    first = accounts[second.system, "ben.carter"]
    assert accounts[second.system, second.username]["mail"] == first["mail"]
    assert second.username != "ben.carter"


def rights(manifest: Manifest) -> set[tuple[str, str, str]]:
    return {
        (system, row["username"], row["entitlement"])
        for system, found in exports(manifest).items()
        for row in found
    }


@pytest.mark.parametrize(
    ("plant", "count", "seen"),
    [
        (Plant.RAISED, 5, (False, False, True)),
        (Plant.NEW_RIGHT, 15, (False, False, True)),
        (Plant.OUTSIDE_TEAM, 1, (False, False, True)),
        (Plant.UNUSUAL, 1, (False, False, True)),
        (Plant.BEYOND_ROLE, 1, (False, False, True)),
        (Plant.DUTY_CONFLICT, 2, (True, True, True)),
        (Plant.NO_NEED, 1, (False, False, True)),
        (Plant.BACK_AGAIN, 1, (True, False, True)),
        (Plant.NOT_REMOVED, 1, (True, True, True)),
    ],
)
def test_planted_rights_come_and_go(
    manifests: dict[Moment, Manifest],
    plant: Plant,
    count: int,
    seen: tuple[bool, bool, bool],
) -> None:
    planted = [p for p in manifests["now"].planted if p.plant == plant]
    moments = [rights(manifests[moment]) for moment in ("before", "settled", "now")]
    found = [
        tuple((p.system, p.username, p.right) in moment for moment in moments) for p in planted
    ]
    assert found == [seen] * count


def test_movers_differ_between_the_two_rosters(
    manifests: dict[Moment, Manifest], roster: dict[str, Row]
) -> None:
    before = {row["mail"]: row for row in people(manifests["before"])}
    facts = ("team", "title", "manager")
    moved = {
        key
        for key, row in roster.items()
        if row["mail"] in before and any(row[f] != before[row["mail"]][f] for f in facts)
    }
    planted = {p.person for p in manifests["now"].planted if p.plant == Plant.MOVED}
    assert len(planted) == 6
    assert planted <= moved


def test_managers_that_cannot_be_relied_on_stand_in_the_rosters(
    now: Manifest, roster: dict[str, Row]
) -> None:
    def who(plant: Plant) -> list[str]:
        return sorted(p.person for p in now.planted if p.plant == plant)

    numbers = {row["employee_id"]: key for key, row in roster.items()}
    names = Counter(row["name"] for row in people(now))
    circle = who(Plant.MANAGER_CIRCLE)
    assert [numbers[roster[key]["manager"]] for key in circle] == circle[::-1]
    [unknown] = who(Plant.MANAGER_UNKNOWN)
    assert roster[unknown]["manager"] not in {"", *numbers}
    [missing] = who(Plant.MANAGER_MISSING)
    assert roster[missing]["manager"] == ""
    [ambiguous] = who(Plant.MANAGER_AMBIGUOUS)
    assert names[roster[ambiguous]["manager"]] == 2
    departed = who(Plant.MANAGER_DEPARTED)
    assert departed == ["adriana.silva", "bruno.marchetti", "cecilia.lopez"]
    assert {numbers[roster[key]["manager"]] for key in departed} == {"grace.lindholm"}
    assert roster["grace.lindholm"]["status"] == "Terminated"


def test_every_plant_has_a_test(now: Manifest) -> None:
    elsewhere = {
        Plant.TWO_ACCOUNTS,
        Plant.UNUSUAL,
        Plant.BEYOND_ROLE,
        Plant.DUTY_CONFLICT,
        Plant.NO_NEED,
        Plant.RAISED,
        Plant.NEW_RIGHT,
        Plant.OUTSIDE_TEAM,
        Plant.BACK_AGAIN,
        Plant.NOT_REMOVED,
        Plant.MOVED,
        Plant.MANAGER_CIRCLE,
        Plant.MANAGER_UNKNOWN,
        Plant.MANAGER_MISSING,
        Plant.MANAGER_AMBIGUOUS,
        Plant.MANAGER_DEPARTED,
    }
    assert {p.plant for p in now.planted} == set(Plant) == elsewhere | set(ACCOUNT_CHECKS)


def test_the_week_after_the_launch_brings_a_departure_and_first_removals(
    manifests: dict[Moment, Manifest],
) -> None:
    marcus = [
        [(r["status"], day(r["end"])) for r in people(manifests[m]) if r["name"] == "Marcus Bell"]
        for m in ("now", "latest")
    ]
    assert marcus == [[("Active", None)], [("Terminated", LAUNCH + timedelta(days=3))]]
    latest, was = rights(manifests["latest"]), rights(manifests["now"])
    refunds = ("Okta", "anita.desai@northlark.example", "app-payroll")
    assert refunds in was - latest
    assert ("CRM", "erik.svensson@northlark.example", "Standard User") in latest
    github = [s.source for s in manifests["latest"].systems if s.name == "GitHub"]
    assert github == [None]


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_counts_told_are_those_of_the_files(
    manifests: dict[Moment, Manifest], moment: Moment
) -> None:
    manifest = manifests[moment]
    sources = [*manifest.rosters, *(s.source for s in manifest.systems if s.source)]
    for source in sources:
        found = table(source)
        repeated = len(found) - len({tuple(row.items()) for row in found})
        keys = [
            source.mapping[f]
            for f in ("account_id", "username", "employee_id")
            if f in source.mapping
        ]
        nameless = sum(not any(row[key] for key in keys) for row in found)
        assert (source.name, source.rows) == (source.name, len(found))
        assert (source.name, source.rejected) == (source.name, repeated + nameless)
        assert source.source_count in {None, source.rows}
    assert sum(source.rejected for source in sources) == (3 if moment in ("now", "latest") else 0)


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_account_says_the_same_in_all_its_rows(
    manifests: dict[Moment, Manifest], moment: Moment
) -> None:
    of_the_right = {
        "entitlement",
        "entitlement_description",
        "privileged",
        "granted",
        "granted_by",
        "request_reference",
    }
    for found in exports(manifests[moment]).values():
        said = defaultdict(set)
        for row in found:
            said[row["username"]].add(
                tuple(value for field, value in row.items() if field not in of_the_right)
            )
        assert [username for username, versions in said.items() if len(versions) > 1] == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_happens_after_its_export(
    manifests: dict[Moment, Manifest], moment: Moment
) -> None:
    for system in manifests[moment].systems:
        if system.source:
            until = system.source.exported_at.date()
            assert until < TODAY
            for row in rows(system.source):
                for field in ("created", "last_used", "granted"):
                    assert (day(row.get(field, "")) or until) <= until, (system.name, row)


@pytest.mark.parametrize(
    ("earlier", "later"), [("before", "settled"), ("settled", "now"), ("now", "latest")]
)
def test_no_export_shrinks_without_an_order_or_a_leaver(
    manifests: dict[Moment, Manifest], earlier: Moment, later: Moment
) -> None:
    """What would hold an import: more than 5 % and at least 5 gone, or a column emptied."""
    world = company_at(TODAY, later)
    gone = {
        (a.system, a.username)
        for a in company_at(TODAY, earlier).accounts.values()
        if a.holder and world.people[a.holder].status == "Terminated"
    }
    before, after = exports(manifests[earlier]), exports(manifests[later])
    for system in after:
        keys = [{(r["username"], r["entitlement"]) for r in x[system]} for x in (before, after)]
        vanished = [key for key in keys[0] - keys[1] if (system, key[0]) not in gone]
        assert len(vanished) < 5 or len(vanished) / len(keys[0]) <= 0.05, (system, vanished)
        assert len(keys[1]) <= 1.2 * len(keys[0]), system
        filled = [{f for r in x[system] for f, v in r.items() if v} for x in (before, after)]
        assert filled[0] - filled[1] == set(), system


def test_the_files_have_the_habits_of_their_makers(now: Manifest) -> None:
    paths = {source.name: source.path for source in now.rosters}
    paths |= {system.name: system.source.path for system in now.systems if system.source}
    assert paths["Employees"].read_bytes().startswith(b"\xef\xbb\xbfEmployee ID,")
    assert b";Fran\xe7ois Lef\xe8vre;" in paths["Contractors"].read_bytes()
    assert paths["Firewall"].read_bytes().startswith(b"\xef\xbb\xbfsep=;\r\n")
    assert paths["CRM"].suffix == ".xlsx"
    assert paths["Ledger database"].read_bytes().startswith(b"oid|rolname|")
    assert all(row["employee_id"].startswith("0") for row in rows(now.rosters[0]))


def test_the_catalogues_know_every_right_and_name_known_teams(now: Manifest) -> None:
    teams = {team.name for team in now.teams}
    for system in now.systems:
        if system.source and system.catalogue:
            known = company_rights(system.catalogue)
            held = {row["entitlement"] for row in rows(system.source)} - {""}
            assert held - set(known) == set()
            assert {team for allowed in known.values() for team in allowed} <= teams


def company_rights(catalogue: Path) -> dict[str, list[str]]:
    return {
        row["entitlement"]: [team for team in row["allowed_teams"].split(";") if team]
        for row in entries(catalogue)
    }


def entries(catalogue: Path) -> list[dict[str, str]]:
    with catalogue.open(newline="") as file:
        return list(csv.DictReader(file))


def test_everybody_who_answers_for_something_is_on_a_roster(
    now: Manifest, roster: dict[str, Row]
) -> None:
    mails = {row["mail"] for row in roster.values()}
    names = {row["name"] for row in roster.values()}
    assert {system.owner for system in now.systems} <= mails
    assert {login.mail for login in now.logins} <= mails
    assert {team.lead for team in now.teams} <= names
    assert {row["team"] for row in roster.values()} == {team.name for team in now.teams}


@pytest.mark.parametrize(
    ("today", "launch", "quarter", "last_quarter"),
    [
        (date(2026, 10, 14), date(2026, 10, 5), "2026-Q4", "2026-Q3"),
        (date(2027, 1, 3), date(2026, 12, 21), "2026-Q4", "2026-Q3"),
        (date(2027, 1, 12), date(2027, 1, 4), "2027-Q1", "2026-Q4"),
        (date(2028, 2, 29), date(2028, 2, 21), "2028-Q1", "2027-Q4"),
    ],
)
def test_the_campaigns_bear_the_quarters_of_their_days(
    today: date, launch: date, quarter: str, last_quarter: str
) -> None:
    dates = Dates(today)
    assert (dates.launch, dates.quarter, dates.last_quarter) == (launch, quarter, last_quarter)


@pytest.mark.parametrize("today", [date(2027, 1, 3), date(2028, 2, 29), date(2026, 11, 22)])
def test_the_story_is_the_same_on_another_day(tmp_path: Path, today: date) -> None:
    manifest = write_company(tmp_path, today=today, quarter="latest")
    told = Counter(planted.plant for planted in manifest.planted)
    assert told == Counter(p.plant for p in company_at(TODAY, "latest").planted)


def test_the_file_connector_reads_every_file_as_the_manifest_says(now: Manifest) -> None:
    for source in [*now.rosters, *(s.source for s in now.systems if s.source)]:
        found = open_file(source.path, encoding=source.options.get("encoding"))
        shape = PERSON if source in now.rosters else ACCOUNT
        mapping = guess_mapping(found.headers, shape, chosen=source.mapping)
        assert (source.name, len(list(found.rows()))) == (source.name, source.rows)
        assert (source.name, found.ragged, mapping.missing) == (source.name, [], ())
        assert source.options.get("separator", ";") in ENTITLEMENT_SEPARATORS


def test_what_stands_in_place_of_a_last_use_is_understood(now: Manifest) -> None:
    words = {
        row["last_used"]
        for found in exports(now).values()
        for row in found
        if "last_used" in row and day(row["last_used"]) is None
    }
    assert {word: read_last_use(word)[0] for word in words} == {
        "": "unknown",
        "N/A": "not_available",
        "Never": "never",
        "never": "never",
        "Never accessed": "never",
    }
