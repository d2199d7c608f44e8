"""The inventory of systems: added, described, retired, and read from a file."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

import clock
from accounts.actions.tables import Outcome, Rejected, Row, RowRejected, yes_or_no
from accounts.actors import user_of
from accounts.enums import Criticality, DataClass
from accounts.models import Person, System
from accounts.rules import may_run
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb

INVENTORY = ("name", "data_class", "criticality", "owner", "description", "owner_reviews")
LONGEST_NAME = 200
_DESCRIBED = ("name", "data_class", "criticality", "owner_id", "description", "owner_reviews")


def create_system(
    *,
    actor: Actor,
    name: str,
    data_class: str,
    criticality: str = Criticality.MEDIUM,
    owner: Person | None = None,
    description: str = "",
    owner_reviews: bool = False,
) -> System:
    """Put a system into the inventory; until a source is read it shows as uncovered."""
    with transaction.atomic():
        _require_may_run(actor)
        system = System(owner=owner, owner_reviews=owner_reviews)
        _describe(system, name, data_class, criticality, description)
        _require_free(system)
        system.save()
        _record(Verb.SYSTEM_ADDED, system, actor, _facts(system), name=system.name)
    return system


def update_system(
    system: System,
    *,
    actor: Actor,
    name: str,
    data_class: str,
    criticality: str,
    owner: Person | None,
    description: str,
    owner_reviews: bool,
) -> System:
    with transaction.atomic():
        _require_may_run(actor)
        system = System.objects.select_for_update(no_key=True).get(pk=system.pk)
        was = _values(system)
        system.owner, system.owner_reviews = owner, owner_reviews
        _describe(system, name, data_class, criticality, description)
        _require_free(system)
        _save(system, was, actor)
    return system


def retire_system(system: System, *, actor: Actor) -> System:
    """Take a system out of later campaigns; what is known of it stays."""
    with transaction.atomic():
        _require_may_run(actor)
        system = System.objects.select_for_update(no_key=True).get(pk=system.pk)
        if system.retired_at:
            raise Conflict(f"{system} was retired on {system.retired_at:%-d %B %Y} already.")
        system.retired_at = clock.now()
        system.save(update_fields=["retired_at"])
        _record(Verb.SYSTEM_RETIRED, system, actor)
    return system


def reinstate_system(system: System, *, actor: Actor) -> System:
    with transaction.atomic():
        _require_may_run(actor)
        system = System.objects.select_for_update(no_key=True).get(pk=system.pk)
        if not system.retired_at:
            raise Conflict(f"{system} is not retired.")
        system.retired_at = None
        system.save(update_fields=["retired_at"])
        _record(Verb.SYSTEM_REINSTATED, system, actor)
    return system


def import_inventory(rows: Iterable[Row], *, actor: Actor) -> Outcome:
    """Add and describe the systems of a file with the columns INVENTORY.

    The owner is named by mail. A column that is missing and a cell that is blank leave what is
    known; a system that is new needs its data class.
    """
    outcome = Outcome()
    with transaction.atomic():
        _require_may_run(actor)
        known = {
            s.name.lower(): s for s in System.objects.select_for_update(no_key=True).order_by("pk")
        }
        seen: set[str] = set()
        for row in rows:
            try:
                _take(row, known, seen, outcome, actor)
            except (RowRejected, WrongInput) as error:
                outcome.rejected.append(Rejected(row.number, str(error)))
        trail.record(
            Verb.INVENTORY_IMPORTED, actor=actor, target="systems:all", data=outcome.counts
        )
    return outcome


def _take(
    row: Row, known: dict[str, System], seen: set[str], outcome: Outcome, actor: Actor
) -> None:
    if row.fault:
        raise RowRejected(row.fault)
    name = " ".join(row.cells.get("name", "").split())
    if name.lower() in seen:
        raise RowRejected(f"{name} stands in an earlier row already.")
    system = known.get(name.lower())
    fresh = system is None
    system = system or System(data_class="")
    was = _values(system)
    said = _read(row.cells)
    if said.get("owner"):
        system.owner = said["owner"]
    system.owner_reviews = said.get("owner_reviews", system.owner_reviews)
    _describe(
        system,
        system.name or name,
        said.get("data_class") or system.data_class,
        said.get("criticality") or system.criticality,
        said.get("description") or system.description,
    )
    seen.add(name.lower())
    if fresh:
        system.save()
        known[name.lower()] = system
        _record(Verb.SYSTEM_ADDED, system, actor, _facts(system), name=system.name)
    changed = not fresh and _save(system, was, actor)
    outcome.count(fresh=fresh, changed=changed)


def _read(cells: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {"description": cells.get("description", "")}
    if text := cells.get("data_class", ""):
        said["data_class"] = _choice(text, dict(DataClass.choices), "data class")
    if text := cells.get("criticality", ""):
        said["criticality"] = _choice(text, dict(Criticality.choices), "criticality")
    if mail := cells.get("owner", ""):
        said["owner"] = _owner(mail)
    if text := cells.get("owner_reviews", ""):
        said["owner_reviews"] = yes_or_no(text, "owner_reviews")
    return said


def _choice(text: str, choices: Mapping[str, str], what: str) -> str:
    folded = text.replace("_", " ").replace("-", " ").lower()
    for value, label in choices.items():
        if folded in {value.replace("_", " "), label.lower()}:
            return value
    raise RowRejected(f"“{text}” is no {what}: write one of {', '.join(choices.values())}.")


def _owner(mail: str) -> Person:
    people = list(Person.objects.here(clock.today()).filter(mail__iexact=mail)[:2])
    if len(people) != 1:
        who = "several people have" if people else "nobody who is here has"
        raise RowRejected(f"The owner is {mail}, and {who} that mail.")
    return people[0]


def _describe(
    system: System, name: str, data_class: str, criticality: str, description: str
) -> None:
    """Set what a person says of a system, after a look at each."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise WrongInput(f"The name of a system has 1 to {LONGEST_NAME} characters.")
    if data_class not in DataClass.values:
        raise WrongInput(f"Choose a data class for {name}: {', '.join(DataClass.labels)}.")
    if criticality not in Criticality.values:
        raise WrongInput(f"Choose a criticality for {name}: {', '.join(Criticality.labels)}.")
    system.name, system.data_class, system.criticality = name, data_class, criticality
    system.description = description.strip()


def _require_free(system: System) -> None:
    if System.objects.filter(name__iexact=system.name).exclude(pk=system.pk).exists():
        raise WrongInput(f"There is a system {system.name} already: choose another name.")


def _require_may_run(actor: Actor) -> None:
    user = user_of(actor)
    if user is not None and not may_run(user):
        raise NotAllowed("The inventory is kept by the security team and administrators.")


def _values(system: System) -> dict[str, Any]:
    return {name: getattr(system, name) for name in _DESCRIBED}


def _facts(system: System) -> dict[str, Any]:
    return {
        "data_class": system.data_class,
        "criticality": system.criticality,
        "owner": system.owner_id and f"person:{system.owner_id}",
        "owner_reviews": system.owner_reviews,
    }


def _save(system: System, was: Mapping[str, Any], actor: Actor) -> bool:
    """Write what differs, with one event; whether anything did."""
    now = _values(system)
    changed = [name for name in _DESCRIBED if now[name] != was[name]]
    if not changed:
        return False
    system.save(update_fields=changed)
    private = {name: str(now[name]) for name in changed if name in {"name", "description"}}
    _record(
        Verb.SYSTEM_CHANGED,
        system,
        actor,
        {**_facts(system), "changed": ",".join(changed)},
        **private,
    )
    return True


def _record(
    verb: Verb,
    system: System,
    actor: Actor,
    data: Mapping[str, Any] | None = None,
    **private: str,
) -> None:
    trail.record(verb, actor=actor, target=f"system:{system.pk}", data=data or {}, private=private)
