"""Naming what is imported: a system or a roster, made when its first file comes."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import user_of
from accounts.enums import DataClass, SourceKind
from accounts.models import Person, Source, System
from accounts.rules import may_run
from audit import trail
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput
from audit.verbs import Verb

DEFAULT_ROSTER = "Employees"


def ensure_system_source(
    name: str, *, actor: Actor, data_class: str = "", owner_mail: str = ""
) -> Source:
    """The source of the system of this name; both are made if they are missing.

    ``data_class`` and the owner are set where they are given, on a system that is there too.
    """
    name = _checked(name, "system")
    owner = _person(owner_mail) if owner_mail else None
    if data_class and data_class not in DataClass.values:
        raise WrongInput(
            f"{data_class} is no data class: choose one of {', '.join(DataClass.values)}."
        )
    with transaction.atomic():
        system = System.objects.filter(name__iexact=name).select_for_update(no_key=True).first()
        if system is None:
            system = _add_system(name, actor=actor)
        _describe(system, actor=actor, data_class=data_class, owner=owner)
        return _source_of(system)


def ensure_roster(name: str = "", *, actor: Actor) -> Source:
    """The roster of this name ("Employees" by default), made if it is missing."""
    name = _checked(name or DEFAULT_ROSTER, "roster")
    with transaction.atomic():
        source = Source.objects.filter(kind=SourceKind.ROSTER, name__iexact=name).first()
        if source is None:
            _check_may_add(actor, "a roster")
            source = Source.objects.create(kind=SourceKind.ROSTER, name=name)
            trail.record(
                Verb.ROSTER_ADDED, actor=actor, target=f"source:{source.pk}", private={"name": name}
            )
        return source


def _checked(name: str, what: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise WrongInput(f"The name of a {what} has 1 to 200 characters.")
    return name


def _person(mail: str) -> Person:
    people = list(Person.objects.filter(mail__iexact=mail.strip(), gone_at=None)[:2])
    if len(people) != 1:
        raise WrongInput(
            f"{'Several people have' if people else 'Nobody has'} the mail {mail}: name the owner "
            "by the mail of one person of a roster."
        )
    return people[0]


def _check_may_add(actor: Actor, what: str) -> None:
    user = user_of(actor)
    if user is not None and not may_run(user):
        raise NotAllowed(f"Only the security team and administrators add {what}.")


def _add_system(name: str, *, actor: Actor) -> System:
    _check_may_add(actor, "a system")
    system = System.objects.create(name=name)
    trail.record(
        Verb.SYSTEM_ADDED, actor=actor, target=f"system:{system.pk}", private={"name": name}
    )
    return system


def _describe(system: System, *, actor: Actor, data_class: str, owner: Person | None) -> None:
    changes: dict[str, str] = {}
    if data_class and data_class != system.data_class:
        changes["data_class"] = system.data_class = data_class
    if owner and owner.pk != system.owner_id:
        system.owner = owner
        changes["owner"] = f"person:{owner.pk}"
    if changes:
        _check_may_add(actor, "the class and owner of a system")
        system.save(update_fields=list(changes))
        trail.record(
            Verb.SYSTEM_CHANGED, actor=actor, target=f"system:{system.pk}", data=dict(changes)
        )


def _source_of(system: System) -> Source:
    source, _ = Source.objects.get_or_create(
        system=system, defaults={"kind": SourceKind.SYSTEM, "name": system.name}
    )
    return source
