"""How the two rosters are exported: employees by HR, everybody else by IT."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from portx_access.sample.company import Human, World


class RosterColumn(NamedTuple):
    header: str
    value: Callable[[World, Human], str]
    field: str


def manager_number(world: World, human: Human) -> str:
    if human.manager_written is not None:
        return human.manager_written
    return world.people[human.manager].number if human.manager else ""


def responsible(world: World, human: Human) -> str:
    """Contractors' sponsors stand by name or by mail, as whoever typed the row liked."""
    if human.manager_written is not None:
        return human.manager_written
    sponsor = world.people[human.manager]
    return sponsor.mail if world.dice("responsible", human.key).random() < 0.5 else sponsor.name


@dataclass(frozen=True, slots=True)
class RosterLayout:
    """One roster's export: which people stand in it, and how."""

    name: str
    file: str
    report: str
    exported_by: str
    workers: frozenset[str]
    columns: tuple[RosterColumn, ...]
    delimiter: str
    encoding: str
    counted: bool
    minutes: int

    @property
    def mapping(self) -> Mapping[str, str]:
        return {column.field: column.header for column in self.columns}


def german_day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


ROSTERS = (
    RosterLayout(
        "Employees",
        "employees.csv",
        "All employees, with leavers of the last twelve months",
        "karen.olsen",
        frozenset({"Employee"}),
        delimiter=",",
        encoding="utf-8-sig",
        counted=True,
        minutes=0,
        columns=(
            RosterColumn("Employee ID", lambda _, h: h.number, "employee_id"),
            RosterColumn("Full Name", lambda _, h: h.name, "name"),
            RosterColumn("Work Email", lambda _, h: h.mail, "mail"),
            RosterColumn("Job Title", lambda _, h: h.title, "title"),
            RosterColumn("Department", lambda _, h: h.department, "department"),
            RosterColumn("Team", lambda _, h: h.team, "team"),
            RosterColumn("Worker Type", lambda _, h: h.worker, "worker_type"),
            RosterColumn("Employment Status", lambda _, h: h.status, "status"),
            RosterColumn("Hire Date", lambda _, h: h.start.isoformat(), "start"),
            RosterColumn(
                "Termination Date", lambda _, h: h.end.isoformat() if h.end else "", "end"
            ),
            RosterColumn("Manager ID", manager_number, "manager"),
        ),
    ),
    RosterLayout(
        "Contractors",
        "contractors.csv",
        "Contracts and visitors",
        "andrei.popescu",
        frozenset({"Contractor", "Guest", "Auditor"}),
        delimiter=";",
        encoding="iso8859-15",
        counted=False,
        minutes=3,
        columns=(
            RosterColumn("Contract", lambda _, h: h.number, "employee_id"),
            RosterColumn("Name", lambda _, h: h.name, "name"),
            RosterColumn("E-Mail", lambda _, h: h.mail, "mail"),
            RosterColumn("Role", lambda _, h: h.title, "title"),
            RosterColumn("Team", lambda _, h: h.team, "team"),
            RosterColumn("Kind", lambda _, h: h.worker, "worker_type"),
            RosterColumn("Status", lambda _, h: h.status, "status"),
            RosterColumn("From", lambda _, h: german_day(h.start), "start"),
            RosterColumn("Until", lambda _, h: german_day(h.end), "end"),
            RosterColumn("Responsible", responsible, "manager"),
        ),
    ),
)
