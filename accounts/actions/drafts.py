"""An import in the making: files that are kept before it is known how to read them. A draft is
its maker's alone and no row; it becomes a run when somebody has said what its columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction

from accounts import rules
from accounts.actions.imports import upload_files
from accounts.actions.sources import ensure_roster, ensure_system_source
from accounts.actions.systems import create_system
from accounts.actors import user_of
from accounts.enums import SourceKind
from accounts.importing import uploads
from accounts.models import ImportRun, Person, Source, System
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput

Kept = list[list[str]]


@dataclass
class Draft:
    """All that was said with the files: plain texts and numbers, so that a session can hold it.

    ``files`` are pairs of name and path below the folder of uploads. Of ``system_id`` and
    ``name`` one is set where accounts are imported: a system that is there, or a new one.
    """

    kind: str
    files: Kept
    roster: str = ""
    system_id: int | None = None
    name: str = ""
    data_class: str = ""
    owner_id: int | None = None
    exported_at: str = ""
    exported_by: str = ""
    report: str = ""
    source_count: int | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.files]

    @property
    def source(self) -> Source | None:
        """The source that it is for, where there is one already."""
        if self.kind == SourceKind.ROSTER:
            rosters = Source.objects.filter(kind=SourceKind.ROSTER)
            return rosters.filter(name__iexact=self.roster).first()
        return Source.objects.filter(system=self.system_id).first() if self.system_id else None

    @property
    def title(self) -> str:
        if self.kind == SourceKind.ROSTER:
            return self.roster
        return str(System.objects.get(pk=self.system_id)) if self.system_id else self.name


def keep_files(files: Sequence[tuple[str, BinaryIO]], *, actor: Actor) -> Kept:
    """Keep what was uploaded, private and unread; the same content is kept once."""
    user = user_of(actor)
    if user is None or not (rules.may_run(user) or System.objects.visible_to(user).exists()):
        raise NotAllowed("Importing is for the security team, administrators and system owners.")
    kept = [uploads.keep_file(name, content) for name, content in files]
    return [[file.name, file.path] for file in kept]


def read_draft(
    draft: Draft, *, actor: Actor, mapping: Mapping[str, str], options: Mapping[str, Any]
) -> ImportRun:
    """Make the draft a run, with its source where that is new, and owe its reading."""
    with transaction.atomic(), ExitStack() as stack:
        return upload_files(
            _ensure_source(draft, actor),
            actor=actor,
            files=[
                (name, stack.enter_context((uploads.folder() / path).open("rb")))
                for name, path in draft.files
            ],
            mapping=mapping,
            options={**draft.options, **options},
            exported_at=datetime.fromisoformat(draft.exported_at) if draft.exported_at else None,
            exported_by=draft.exported_by,
            report=draft.report,
            source_count=draft.source_count,
        )


def _ensure_source(draft: Draft, actor: Actor) -> Source:
    if draft.kind == SourceKind.ROSTER:
        return ensure_roster(draft.roster, actor=actor)
    if draft.system_id is None:
        if System.objects.filter(name__iexact=draft.name).exists():
            raise WrongInput(f"There is a system {draft.name} by now: start again and choose it.")
        owner = Person.objects.filter(pk=draft.owner_id).first() if draft.owner_id else None
        create_system(actor=actor, name=draft.name, data_class=draft.data_class, owner=owner)
        return ensure_system_source(draft.name, actor=actor)
    return ensure_system_source(System.objects.get(pk=draft.system_id).name, actor=actor)
