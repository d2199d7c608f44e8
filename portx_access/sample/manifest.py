"""The list of a moment's files: what each one is, and what to say when importing it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portx_access.sample.company import Planted
from portx_access.sample.dates import Dates, Moment
from portx_access.sample.people import Team


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One export, with all that its import is told.

    ``name`` is the roster's or the system's; ``mapping`` is field to column; ``options`` are
    those of the import. ``source_count`` is None where the source gives no count.
    ``rows`` and ``rejected`` are what an import of it must find.
    """

    name: str
    path: Path
    mapping: Mapping[str, str]
    options: Mapping[str, str]
    exported_at: datetime
    exported_by: str
    report: str
    source_count: int | None
    rows: int
    rejected: int
    is_roster: bool = False


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """A system of the inventory with its catalogue; ``source`` is None where it is uncovered,
    or where no new export was made at that moment."""

    name: str
    data_class: str
    criticality: str
    owner: str
    description: str
    owner_reviews: bool
    catalogue: Path | None
    source: SourceFile | None


@dataclass(frozen=True, slots=True)
class Login:
    """A sign-in of the sample: the person's mail and the role's word."""

    mail: str
    role: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All files of a moment, in the order in which they are imported, and who is who."""

    company: str
    moment: Moment
    dates: Dates
    inventory: Path
    rosters: tuple[SourceFile, ...]
    systems: tuple[SystemFacts, ...]
    teams: tuple[Team, ...]
    logins: tuple[Login, ...]
    planted: tuple[Planted, ...]

    @property
    def exports(self) -> tuple[SourceFile, ...]:
        return tuple(system.source for system in self.systems if system.source)
