"""Writes a moment's files: the rosters, the inventory, the exports and the catalogues."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from portx_access.sample.columns import Cell, Facts, Layout
from portx_access.sample.company import Account, Human, World, mail_of
from portx_access.sample.dates import Moment
from portx_access.sample.layouts import LAYOUTS
from portx_access.sample.manifest import SourceFile, SystemFacts
from portx_access.sample.rosters import ROSTERS, RosterLayout
from portx_access.sample.systems import CATALOGUE, SYSTEMS, System


def write_roster(folder: Path, world: World, layout: RosterLayout, moment: Moment) -> SourceFile:
    people = [h for h in world.people.values() if h.worker in layout.workers and h.listed]
    rows = [_person(world, layout, human) for human in people]
    doubled = rows[40:41] if layout.name in world.doubled else []
    path = folder / layout.file
    write_csv(
        path,
        [column.header for column in layout.columns],
        rows + doubled,
        delimiter=layout.delimiter,
        encoding=layout.encoding,
    )
    return SourceFile(
        name=layout.name,
        path=path,
        mapping=layout.mapping,
        options=_encoding_option(layout.encoding),
        exported_at=world.dates.exported_at(moment, layout.minutes),
        exported_by=mail_of(layout.exported_by),
        report=layout.report,
        source_count=len(rows) + len(doubled) if layout.counted else None,
        rows=len(rows) + len(doubled),
        rejected=len(doubled),
        is_roster=True,
    )


def _person(world: World, layout: RosterLayout, human: Human) -> list[str]:
    return [column.value(world, human) for column in layout.columns]


def write_inventory(folder: Path) -> Path:
    path = folder / "systems.csv"
    write_csv(
        path,
        ["name", "data_class", "criticality", "owner", "description", "owner_reviews"],
        (
            [
                s.name,
                s.data_class,
                s.criticality,
                mail_of(s.owner),
                s.description,
                "yes" if s.owner_reviews else "no",
            ]
            for s in SYSTEMS
        ),
    )
    return path


def write_system(folder: Path, world: World, system: System, moment: Moment) -> SystemFacts:
    layout = next((layout for layout in LAYOUTS if layout.system == system.name), None)
    due = layout is not None and moment not in layout.moments_missed
    return SystemFacts(
        name=system.name,
        data_class=system.data_class,
        criticality=system.criticality,
        owner=mail_of(system.owner),
        description=system.description,
        owner_reviews=system.owner_reviews,
        catalogue=_write_catalogue(folder, system.name) if system.name in CATALOGUE else None,
        source=_write_accounts(folder, world, layout, moment) if layout and due else None,
    )


def _write_accounts(folder: Path, world: World, layout: Layout, moment: Moment) -> SourceFile:
    rows = list(_account_rows(world, layout))
    spoiled = list(_spoiled_rows(world, layout, rows))
    path = folder / layout.file
    header = [column.header for column in layout.columns]
    if path.suffix == ".xlsx":
        _write_workbook(path, header, rows + spoiled, world.dates.exported_at(moment, 0))
    else:
        write_csv(
            path,
            header,
            rows + spoiled,
            delimiter=layout.delimiter,
            encoding=layout.encoding,
            preamble=layout.preamble,
        )
    total = len(rows) + len(spoiled)
    separator = {"separator": layout.parted_by.strip()} if layout.parted_by else {}
    return SourceFile(
        name=layout.system,
        path=path,
        mapping=layout.mapping,
        options=_encoding_option(layout.encoding) | separator,
        exported_at=world.dates.exported_at(moment, layout.minutes),
        exported_by=mail_of(layout.exported_by),
        report=layout.report,
        source_count=total if layout.counted else None,
        rows=total,
        rejected=len(spoiled),
    )


def _account_rows(world: World, layout: Layout) -> Iterator[list[Cell]]:
    accounts = [a for a in world.accounts.values() if a.system == layout.system]
    for account in sorted(accounts, key=lambda a: a.username):
        for facts in _facts(world, account, layout.parted_by):
            yield [column.value(facts) for column in layout.columns]


def _facts(world: World, account: Account, parted_by: str) -> Iterator[Facts]:
    if parted_by:
        yield Facts(world, account, parted_by.join(account.rights), None)
    else:
        for name, right in account.rights.items():
            yield Facts(world, account, name, right)
        if not account.rights:
            yield Facts(world, account, "", None)


def _spoiled_rows(world: World, layout: Layout, rows: list[list[Cell]]) -> Iterator[list[Cell]]:
    """Rows that an import cannot take: one that stands there twice, one that names nobody."""
    if layout.system in world.doubled:
        yield rows[len(rows) // 2]
    if layout.system in world.keyless:
        says = {"name": world.keyless[layout.system]}
        yield [says.get(column.field, "") for column in layout.columns]


def _write_catalogue(folder: Path, system: str) -> Path:
    path = folder / "catalogues" / f"{system.lower().replace(' ', '-')}.csv"
    path.parent.mkdir(exist_ok=True)
    write_csv(
        path,
        [
            *("entitlement", "plain_words", "permits", "privileged", "baseline"),
            *("allowed_teams", "allowed_roles"),
        ],
        (
            [
                entry.right,
                entry.plain_words,
                entry.permits,
                "yes" if entry.privileged else "no",
                "yes" if entry.baseline else "no",
                ";".join(entry.allowed_teams),
                ";".join(entry.allowed_roles),
            ]
            for entry in CATALOGUE[system]
        ),
    )
    return path


def _encoding_option(encoding: str) -> dict[str, str]:
    """UTF-8 is read without being told; anything else a person must name."""
    return {} if encoding.startswith("utf-8") else {"encoding": encoding}


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    preamble: str = "",
) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(preamble)
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)


def _write_workbook(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], created: datetime
) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.set_properties({"created": created.replace(tzinfo=None)})
        sheet = book.add_worksheet("Users")
        sheet.write_row(0, 0, header)
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)


def all_rosters(folder: Path, world: World, moment: Moment) -> tuple[SourceFile, ...]:
    return tuple(write_roster(folder, world, layout, moment) for layout in ROSTERS)


def all_systems(folder: Path, world: World, moment: Moment) -> tuple[SystemFacts, ...]:
    return tuple(write_system(folder, world, system, moment) for system in SYSTEMS)
