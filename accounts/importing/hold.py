"""Why a run is held for a person, and how far one that is taken proves what it does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from accounts.enums import PersonStatus, SourceKind
from accounts.importing.cells import literal
from accounts.importing.staging import fetch, table
from accounts.models import ImportRun

MOST_GONE_PERCENT = 5
FEWEST_GONE = 5
_DEPARTED = f"('{PersonStatus.LEFT}', '{PersonStatus.GONE}')"


@dataclass(frozen=True)
class Shrunk:
    """How many there were of something, how many are gone, how many of those unexpectedly."""

    what: str
    before: int
    gone: int
    unexpected: int

    def sentence(self) -> str:
        """Why a person must look at it; blank where there is nothing to look at."""
        if not self.unexpected:
            return ""
        if self.gone == self.before:
            return f"All {self.before:,} {self.what} are gone."
        too_many = self.unexpected * 100 > self.before * MOST_GONE_PERCENT
        if self.unexpected < FEWEST_GONE or not too_many:
            return ""
        return (
            f"{self.unexpected:,} of {self.before:,} {self.what} are gone without an ordered "
            f"removal or a known leaver: more than {MOST_GONE_PERCENT} %."
        )


def reasons_to_hold(run: ImportRun, today: date) -> list[str]:
    """Full sentences; none where the run may be taken without a person looking at it."""
    shrunk = [_people(run, today)] if run.source.kind == SourceKind.ROSTER else _access(run, today)
    sentences = [sentence for each in shrunk if (sentence := each.sentence())]
    if not run.preview["imported"]:
        sentences.insert(0, "The file gives no row that can be taken.")
    return sentences + [
        f"The column of {field} was filled in the last import and is empty or missing now."
        for field in newly_empty(run)
    ]


def newly_empty(run: ImportRun) -> list[str]:
    before = run.source.current_run
    return sorted(set(before.filled_columns) - set(run.filled_columns)) if before else []


def mapped_anew(run: ImportRun) -> list[str]:
    """Fields that come from another column than in the last import."""
    before = run.source.current_run
    old: dict[str, str] = before.mapping if before else {}
    return sorted(
        field for field, header in run.mapping.items() if old.get(field, header) != header
    )


def proved_until(run: ImportRun) -> tuple[datetime | None, list[str]]:
    """The time before which a removal must have been done to be proved by this run, and
    sentences on why there is none."""
    doubts = []
    if run.exported_at is None:
        doubts.append("It is not said when the file was exported, so it proves no removal.")
    if fields := newly_empty(run):
        doubts.append(f"Newly empty or missing: {', '.join(fields)}. So it proves no removal.")
    if fields := mapped_anew(run):
        doubts.append(f"Mapped anew: {', '.join(fields)}. So it proves no removal.")
    if nameless := _nameless_rows(run):
        doubts.append(
            f"Rejected rows that do not tell whom they are about: {nameless:,}. So it proves no "
            "removal. Mend them and import again."
        )
    return (None if doubts else run.exported_at), doubts


def _nameless_rows(run: ImportRun) -> int:
    keys = (
        ("employee_id", "mail")
        if run.source.kind == SourceKind.ROSTER
        else ("account_id", "username")
    )
    return run.rejected_rows.exclude(fields__has_any_keys=list(keys)).count()


def _left(person: str, today: date) -> str:
    day = f"{literal(today.isoformat())}::date"
    return f'({person}.status IN {_DEPARTED} OR {person}."end" < {day})'


def _people(run: ImportRun, today: date) -> Shrunk:
    ((before, gone, unexpected),) = fetch(f"""
        SELECT count(*), count(gone.id),
               count(gone.id) FILTER (WHERE {_left("person", today)} IS NOT TRUE)
        FROM accounts_person AS person LEFT JOIN {table(run.pk, "gone")} AS gone USING (id)
        WHERE person.source_id = {run.source_id} AND person.gone_at IS NULL""")
    return Shrunk("people", before, gone, unexpected)


def _access(run: ImportRun, today: date) -> Sequence[Shrunk]:
    system, gone, changes = run.source.system_id, table(run.pk, "gone"), table(run.pk, "changes")
    ordered = "FROM accounts_expectedremoval AS expected WHERE expected.account_id = "
    of_account = f"EXISTS (SELECT {ordered} account.id AND expected.entitlement_id IS NULL)"
    of_right = (
        f"EXISTS (SELECT {ordered} held.account_id "
        "AND expected.entitlement_id = held.entitlement_id)"
    )
    every_right = f"""(
        EXISTS (SELECT {ordered} account.id) AND NOT EXISTS (
            SELECT FROM accounts_grant AS held WHERE held.account_id = account.id
            AND held.gone_at IS NULL AND NOT {of_right}))"""
    leaver = f"({_left('person', today)} IS TRUE)"
    ((accounts, gone_accounts, unexpected_accounts),) = fetch(f"""
        SELECT (SELECT count(*) FROM accounts_account
                WHERE system_id = {system} AND gone_at IS NULL),
               count(*), count(*) FILTER (WHERE NOT ({of_account} OR {every_right} OR {leaver}))
        FROM {gone} AS gone JOIN accounts_account AS account USING (id)
        LEFT JOIN accounts_person AS person ON person.id = account.person_id""")
    ((gone_grants, unexpected_grants),) = fetch(f"""
        SELECT count(*), count(*) FILTER (WHERE NOT ({of_account} OR {of_right} OR {leaver}))
        FROM {changes} AS held JOIN accounts_account AS account ON account.id = held.account_id
        LEFT JOIN accounts_person AS person ON person.id = account.person_id
        WHERE held.change = 'vanished'""")
    grants = gone_grants and _live_grants(system)
    return [
        Shrunk("accounts", accounts, gone_accounts, unexpected_accounts),
        Shrunk("grants", grants, gone_grants, unexpected_grants),
    ]


def _live_grants(system_id: int | None) -> int:
    count: int
    ((count,),) = fetch(f"""
        SELECT count(*) FROM accounts_grant AS held
        JOIN accounts_account AS account ON account.id = held.account_id
        WHERE account.system_id = {system_id} AND held.gone_at IS NULL""")
    return count
