"""The catalogue of a system: what its rights mean, in versions, confirmed by whoever owns it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

import clock
from accounts.actions.tables import Outcome, Rejected, Row, RowRejected, yes_or_no
from accounts.actors import user_of
from accounts.connectors.rejected import neutralise
from accounts.connectors.values import YES_NO_WORDS, fold
from accounts.enums import TEMPORARY_ROLES, Answer
from accounts.models import Entitlement, EntitlementVersion, System, Team
from accounts.rules import may_act_for_system
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb

COLUMNS = (
    "entitlement",
    "plain_words",
    "permits",
    "privileged",
    "baseline",
    "allowed_teams",
    "allowed_roles",
)
LONGEST_KEY, LONGEST_WORDS, LONGEST_PERMITS = 400, 300, 5000
_FIELDS = ("plain_words", "permits", "privileged", "baseline", "allowed_roles")


@dataclass(frozen=True)
class Entry:
    """What a person says of a right; no allowed team is every team."""

    plain_words: str
    permits: str
    privileged: str
    baseline: bool
    allowed_roles: list[str]
    allowed_teams: tuple[Team, ...] = ()


def update_entry(
    entitlement: Entitlement,
    *,
    actor: Actor,
    version: int,
    plain_words: str,
    permits: str,
    privileged: str,
    baseline: bool,
    allowed_teams: Iterable[Team],
    allowed_roles: Iterable[str],
) -> Entitlement:
    """Say anew what a right means; ``version`` is the one that the actor saw, and another in the
    meantime is a Conflict. A changed entry waits to be confirmed again."""
    entry = _checked(plain_words, permits, privileged, baseline, allowed_teams, allowed_roles)
    with transaction.atomic():
        locked = _entries(entitlement.system).get(pk=entitlement.pk)
        _require_may_describe(actor, locked.system)
        if locked.version != version:
            raise Conflict(_who_was_first(locked))
        _write([(locked, entry)] if _differs(locked, entry) else [], actor)
    return locked


def confirm_catalogue(system: System, *, actor: Actor, mark: str = "") -> int:
    """Confirm every entry that has plain words and waits for it; how many those were.

    ``mark`` is catalogue_mark() as the actor saw it: what changed meanwhile is not confirmed.
    """
    with transaction.atomic():
        user = _require_may_describe(actor, system)
        System.objects.select_for_update(no_key=True).get(pk=system.pk)
        if mark and mark != catalogue_mark(system):
            raise Conflict(
                f"The catalogue of {system} has changed since you looked: look at it again, "
                "then confirm it."
            )
        waiting = Entitlement.objects.filter(system=system, confirmed_at=None)
        confirmed = waiting.exclude(plain_words="").update(
            confirmed_at=clock.now(), confirmed_by=user
        )
        if not confirmed:
            raise WrongInput(
                "There is nothing to confirm: every right is confirmed, or has no plain words yet."
            )
        trail.record(
            Verb.CATALOGUE_CONFIRMED,
            actor=actor,
            target=f"system:{system.pk}",
            data={"confirmed": confirmed, "mark": catalogue_mark(system)},
        )
    return confirmed


def catalogue_mark(system: System) -> str:
    """A word that changes with every change of the catalogue."""
    state = Entitlement.objects.filter(system=system).aggregate(n=Count("pk"), v=Sum("version"))
    return f"{state['n']}.{state['v'] or 0}"


def import_catalogue(system: System, rows: Iterable[Row], *, actor: Actor) -> Outcome:
    """Take the entries of a file with the columns COLUMNS; teams and roles are parted by
    semicolons.

    A column that is missing leaves what is known, a cell that is blank empties it. A right that
    no import has shown yet is added.
    """
    outcome = Outcome()
    with transaction.atomic():
        _require_may_describe(actor, system)
        System.objects.select_for_update(no_key=True).get(pk=system.pk)
        known = {right.key: right for right in _entries(system)}
        teams = {team.name.lower(): team for team in Team.objects.all()}
        fresh: list[tuple[Entitlement, Entry]] = []
        changed: list[tuple[Entitlement, Entry]] = []
        seen: set[str] = set()
        for row in rows:
            try:
                right, entry = _read(system, row, known, teams, seen)
            except (RowRejected, WrongInput) as error:
                outcome.rejected.append(Rejected(row.number, str(error)))
                continue
            is_new = right.pk is None
            differs = is_new or _differs(right, entry)
            if differs:
                (fresh if is_new else changed).append((right, entry))
            outcome.count(fresh=is_new, changed=differs)
        Entitlement.objects.bulk_create([right for right, _ in fresh])
        _write(fresh + changed, actor)
        trail.record(
            Verb.CATALOGUE_IMPORTED,
            actor=actor,
            target=f"system:{system.pk}",
            data=outcome.counts,
        )
    return outcome


def export_catalogue(system: System) -> Iterator[str]:
    """The catalogue as lines of CSV that import_catalogue reads back unchanged, with a byte order
    mark for spreadsheets; no cell is taken for a formula."""
    line = StringIO()
    writer = csv.writer(line)

    def written(cells: Sequence[str]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow([neutralise(cell) for cell in cells])
        return line.getvalue()

    yield "\ufeff" + written(COLUMNS)
    rights = Entitlement.objects.filter(system=system).prefetch_related("allowed_teams")
    for right in rights.order_by("key").iterator(chunk_size=2000):
        yield written(
            [
                right.key,
                right.plain_words,
                right.permits,
                right.privileged,
                "yes" if right.baseline else "no",
                "; ".join(_names(right.allowed_teams.all())),
                "; ".join(right.allowed_roles),
            ]
        )


def _entries(system: System) -> QuerySet[Entitlement]:
    """The rights of a system, locked."""
    return (
        Entitlement.objects.select_for_update(of=("self",))
        .filter(system=system)
        .select_related("system")
        .prefetch_related("allowed_teams")
        .order_by("pk")
    )


def _require_may_describe(actor: Actor, system: System) -> Any:
    """Gives the person who does it, or None."""
    user = user_of(actor)
    if user is not None and not may_act_for_system(user, system):
        raise NotAllowed(
            f"The catalogue of {system} is kept by its owner, the security team and administrators."
        )
    return user and user.person


def _read(
    system: System,
    row: Row,
    known: Mapping[str, Entitlement],
    teams: Mapping[str, Team],
    seen: set[str],
) -> tuple[Entitlement, Entry]:
    if row.fault:
        raise RowRejected(row.fault)
    key = row.cells["entitlement"]
    if not key or len(key) > LONGEST_KEY:
        raise RowRejected(f"The row names no entitlement of up to {LONGEST_KEY} characters.")
    if key in seen:
        raise RowRejected(f"{key} stands in an earlier row already.")
    right = known.get(key) or Entitlement(system=system, key=key, first_seen_at=clock.now())
    entry = _entry_of(right, row.cells, teams)
    seen.add(key)
    return right, entry


def _entry_of(right: Entitlement, cells: Mapping[str, str], teams: Mapping[str, Team]) -> Entry:
    """What the row says, and where it has no column for it what is known."""
    return _checked(
        cells.get("plain_words", right.plain_words),
        cells.get("permits", right.permits),
        _answer(cells["privileged"]) if "privileged" in cells else right.privileged,
        yes_or_no(cells["baseline"], "baseline") if "baseline" in cells else right.baseline,
        _teams(cells["allowed_teams"], teams) if "allowed_teams" in cells else _teams_of(right),
        _roles(cells["allowed_roles"]) if "allowed_roles" in cells else right.allowed_roles,
    )


def _answer(text: str) -> str:
    answer = YES_NO_WORDS.get(fold(text), "")
    if answer not in {Answer.YES, Answer.NO, Answer.UNKNOWN}:
        raise RowRejected(f"privileged is “{text}”: write yes, no or unknown.")
    return answer


def _teams(text: str, known: Mapping[str, Team]) -> list[Team]:
    names = [name.strip() for name in text.split(";") if name.strip()]
    if strange := [name for name in names if name.lower() not in known]:
        raise RowRejected(
            f"There is no team {', '.join(strange)}: teams come from the rosters, or are added."
        )
    return [known[name.lower()] for name in names]


def _roles(text: str) -> list[str]:
    words = [fold(word) for word in text.split(";") if word.strip()]
    if strange := [word for word in words if word not in TEMPORARY_ROLES]:
        raise RowRejected(
            f"allowed_roles names {', '.join(strange)}: write {', '.join(TEMPORARY_ROLES)}, "
            "parted by semicolons."
        )
    return words


def _teams_of(right: Entitlement) -> list[Team]:
    return list(right.allowed_teams.all()) if right.pk else []


def _checked(
    plain_words: str,
    permits: str,
    privileged: str,
    baseline: bool,
    allowed_teams: Iterable[Team],
    allowed_roles: Iterable[str],
) -> Entry:
    plain_words = " ".join(plain_words.split())
    permits = "\n".join(line.rstrip() for line in permits.strip().splitlines())
    if len(plain_words) > LONGEST_WORDS or len(permits) > LONGEST_PERMITS:
        raise WrongInput(
            f"Plain words have at most {LONGEST_WORDS} characters, what it permits "
            f"{LONGEST_PERMITS:,}. Shorten it."
        )
    if privileged not in {Answer.YES, Answer.NO, Answer.UNKNOWN}:
        raise WrongInput("Say whether the right is privileged: yes, no or unknown.")
    if baseline and privileged == Answer.YES:
        raise WrongInput("A privileged right is never baseline: everybody would have it.")
    roles = set(allowed_roles)
    if strange := roles.difference(TEMPORARY_ROLES):
        raise WrongInput(
            f"Temporary accounts have no role {', '.join(sorted(strange))}: choose among "
            f"{', '.join(TEMPORARY_ROLES)}."
        )
    in_order = [role for role in TEMPORARY_ROLES if role in roles]
    return Entry(plain_words, permits, privileged, baseline, in_order, tuple(allowed_teams))


def _differs(right: Entitlement, entry: Entry) -> bool:
    return any(getattr(right, name) != getattr(entry, name) for name in _FIELDS) or {
        team.pk for team in _teams_of(right)
    } != {team.pk for team in entry.allowed_teams}


def _names(teams: Iterable[Team]) -> list[str]:
    return sorted(team.name for team in teams)


def _write(changes: Sequence[tuple[Entitlement, Entry]], actor: Actor) -> None:
    """Make each entry the next version of its right, waiting to be confirmed."""
    now = clock.now()
    for right, entry in changes:
        for name in _FIELDS:
            setattr(right, name, getattr(entry, name))
        right.version += 1
        right.confirmed_at = right.confirmed_by = None
    rights = [right for right, _ in changes]
    Entitlement.objects.bulk_update(
        rights, [*_FIELDS, "version", "confirmed_at", "confirmed_by"], batch_size=1000
    )
    _write_teams(changes)
    EntitlementVersion.objects.bulk_create(
        EntitlementVersion(
            entitlement=right,
            version=right.version,
            allowed_teams=_names(entry.allowed_teams),
            made_by_id=actor.user_id,
            made_at=now,
            **{name: getattr(entry, name) for name in _FIELDS},
        )
        for right, entry in changes
    )
    trail.record_many(
        Verb.CATALOGUE_ENTRY_CHANGED, actor=actor, rows=(_event(*each) for each in changes)
    )


def _write_teams(changes: Sequence[tuple[Entitlement, Entry]]) -> None:
    allowed: Any = Entitlement.allowed_teams.through
    allowed.objects.filter(entitlement__in=[right.pk for right, _ in changes]).delete()
    allowed.objects.bulk_create(
        allowed(entitlement_id=right.pk, team_id=team.pk)
        for right, entry in changes
        for team in entry.allowed_teams
    )


def _event(right: Entitlement, entry: Entry) -> trail.EventRow:
    teams = ",".join(str(team.pk) for team in entry.allowed_teams[:30])
    return trail.EventRow(
        f"entitlement:{right.pk}",
        {
            "version": right.version,
            "privileged": entry.privileged,
            "baseline": entry.baseline,
            "teams": teams,
            "roles": ",".join(entry.allowed_roles),
        },
        {"plain_words": entry.plain_words, "permits": entry.permits},
    )


def _who_was_first(right: Entitlement) -> str:
    last = right.versions.select_related("made_by__person").order_by("-version").first()
    who = last.made_by if last and last.made_by else "Somebody"
    when = f" on {last.made_at:%-d %B %Y at %H:%M} UTC" if last else ""
    return f"{who} changed this entry{when}: look at it again, then change it."
