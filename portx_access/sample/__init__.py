"""The sample company: a payments-software house that does not exist, as its systems export it.

It is pure and repeatable: the same day and seed give the same bytes.
"""

from datetime import date
from pathlib import Path

from portx_access.sample import access, last_quarter, people, this_quarter, this_week
from portx_access.sample.company import COMPANY, SEED, World, mail_of
from portx_access.sample.dates import MOMENTS, Dates, Moment
from portx_access.sample.exports import all_rosters, all_systems, write_inventory
from portx_access.sample.manifest import Login, Manifest, SourceFile, SystemFacts

__all__ = ["Manifest", "Moment", "SourceFile", "SystemFacts", "company_at", "write_company"]

LOGINS = (
    ("ada.kowalczyk", "administrator"),
    ("sam.reyes", "security"),
    ("ingrid.solberg", "security"),
    ("carol.whitfield", "auditor"),
    ("alice.okafor", "reviewer"),
    ("bob.lindqvist", "reviewer"),
    ("irene.sato", "reviewer"),
)


def write_company(folder: Path, *, today: date, quarter: Moment, seed: int = SEED) -> Manifest:
    """Write the files of that moment into ``folder``, and say what each one is."""
    world = company_at(today, quarter, seed)
    folder.mkdir(parents=True, exist_ok=True)
    return Manifest(
        company=COMPANY,
        moment=quarter,
        dates=world.dates,
        inventory=write_inventory(folder),
        rosters=all_rosters(folder, world, quarter),
        systems=all_systems(folder, world, quarter),
        teams=people.TEAMS,
        logins=tuple(Login(mail_of(key), role) for key, role in LOGINS),
        planted=tuple(world.planted),
    )


def company_at(today: date, moment: Moment, seed: int = SEED) -> World:
    """The company as it is at that moment of its story, told from the beginning."""
    dates = Dates(today)
    world = World(dates, dates.day(moment), seed)
    people.found(world)
    access.furnish(world)
    last_quarter.trouble(world)
    chapters = (last_quarter.settle, this_quarter.pass_by, this_week.pass_by)
    for chapter in chapters[: MOMENTS.index(moment)]:
        chapter(world)
    return world
