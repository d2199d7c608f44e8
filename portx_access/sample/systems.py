"""The sample company's systems: the inventory, and what each right in them means."""

from dataclasses import dataclass

from portx_access.sample.people import TEAMS
from portx_access.sample.tables import read

OKTA = "Okta"
AWS = "AWS payments"
GITHUB = "GitHub"
LEDGER = "Ledger database"
CRM = "CRM"
JIRA = "Jira and Confluence"
GRAFANA = "Grafana"
FIREWALL = "Firewall"
PAYROLL = "Payroll"


@dataclass(frozen=True, slots=True)
class System:
    """A row of the inventory. Payroll is in it and has no source: nobody asked for a list."""

    name: str
    data_class: str
    criticality: str
    owner: str
    description: str
    owner_reviews: bool


SYSTEMS = tuple(
    System(
        row["name"],
        row["data_class"],
        row["criticality"],
        row["owner"],
        row["description"],
        owner_reviews=row["owner_reviews"] == "yes",
    )
    for row in read("systems")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a system's catalogue."""

    right: str
    plain_words: str
    permits: str
    privileged: bool = False
    baseline: bool = False
    allowed_teams: tuple[str, ...] = ()
    allowed_roles: tuple[str, ...] = ()


def _catalogues() -> dict[str, list[Entry]]:
    catalogues: dict[str, list[Entry]] = {}
    for row in read("catalogue"):
        entry = Entry(
            row["right"],
            row["plain_words"],
            row["permits"],
            privileged=row["privileged"] == "yes",
            baseline=row["baseline"] == "yes",
            allowed_teams=tuple(filter(None, row["allowed_teams"].split(";"))),
            allowed_roles=tuple(filter(None, row["allowed_roles"].split(";"))),
        )
        catalogues.setdefault(row["system"], []).append(entry)
    catalogues[OKTA] += [
        Entry(
            f"grp-{team.alias}",
            f"Tools of the {team.name} team",
            f"Opens what the {team.name} team shares, and its mail alias.",
        )
        for team in TEAMS
    ]
    return catalogues


CATALOGUE = _catalogues()
