"""Who holds what when the story begins: what each team gets, and the machines' accounts."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from portx_access.sample.company import Account, Human, Right, World, mail_of
from portx_access.sample.systems import (
    AWS,
    CRM,
    FIREWALL,
    GITHUB,
    GRAFANA,
    JIRA,
    LEDGER,
    OKTA,
)
from portx_access.sample.tables import read


class Holding(NamedTuple):
    """Rights that members of a team hold in one system, and what share of them does."""

    system: str
    rights: tuple[str, ...]
    share: float = 1.0


EVERYONE = (
    Holding(OKTA, ("everyone", "app-workspace")),
    Holding(JIRA, ("jira-users", "confluence-users")),
)
# What comes from outside has accounts only where an end date and a sponsor can be recorded.
OUTSIDE_SYSTEMS = {OKTA, AWS, GITHUB, LEDGER, CRM}

TEAM_HOLDINGS: dict[str, tuple[Holding, ...]] = {
    "Executive": (
        Holding(OKTA, ("grp-executive", "app-vpn")),
        Holding(GRAFANA, ("Viewer",), 0.5),
        Holding(CRM, ("Standard User",), 0.7),
    ),
    "Payments Engineering": (
        Holding(OKTA, ("grp-payments",)),
        Holding(GITHUB, ("org:member", "payments:write")),
        Holding(GRAFANA, ("Viewer",), 0.7),
        Holding(AWS, ("PaymentsOperators",), 0.15),
        Holding(LEDGER, ("ledger_read",), 0.2),
    ),
    "Ledger Engineering": (
        Holding(OKTA, ("grp-ledger",)),
        Holding(GITHUB, ("org:member", "ledger:write")),
        Holding(GRAFANA, ("Editor",)),
        Holding(LEDGER, ("ledger_read",)),
        Holding(LEDGER, ("pg_monitor",), 0.4),
        Holding(AWS, ("ViewOnly",), 0.5),
    ),
    "Platform": (
        Holding(OKTA, ("grp-platform", "app-vpn")),
        Holding(GITHUB, ("org:member", "infra:write", "packages:read")),
        Holding(GRAFANA, ("Editor",)),
        Holding(AWS, ("ViewOnly", "PaymentsOperators")),
        Holding(LEDGER, ("pg_monitor",), 0.4),
    ),
    "Data and Quality": (
        Holding(OKTA, ("grp-data", "app-vpn")),
        Holding(GITHUB, ("org:member", "tests:write", "packages:read")),
        Holding(GRAFANA, ("Editor",)),
        Holding(LEDGER, ("reporting_read",), 0.6),
        Holding(AWS, ("ViewOnly",), 0.4),
    ),
    "Product": (
        Holding(OKTA, ("grp-product",)),
        Holding(GITHUB, ("org:member", "web:write"), 0.6),
        Holding(GRAFANA, ("Viewer",)),
        Holding(JIRA, ("project-admins",)),
        Holding(CRM, ("Standard User",), 0.7),
    ),
    "Security Compliance": (
        Holding(OKTA, ("grp-security", "app-vpn", "okta-report-admin")),
        Holding(GITHUB, ("org:member",)),
        Holding(GRAFANA, ("Viewer",)),
        Holding(AWS, ("SecurityAudit",)),
        Holding(FIREWALL, ("read-only",), 0.5),
    ),
    "Incident Response": (
        Holding(OKTA, ("grp-incident", "app-vpn", "okta-report-admin")),
        Holding(GITHUB, ("org:member",)),
        Holding(GRAFANA, ("Editor",)),
        Holding(AWS, ("SecurityAudit",)),
        Holding(JIRA, ("incident-space",)),
        Holding(FIREWALL, ("policy-editor",), 0.7),
    ),
    "IT Operations": (
        Holding(OKTA, ("grp-it", "app-vpn", "okta-helpdesk-admin")),
        Holding(GRAFANA, ("Viewer",)),
        Holding(JIRA, ("service-desk-agents",)),
        Holding(FIREWALL, ("read-only", "policy-editor"), 0.6),
    ),
    "Customer Support": (
        Holding(OKTA, ("grp-support", "app-telephony")),
        Holding(JIRA, ("service-desk-agents",)),
        Holding(CRM, ("Standard User", "Edit Customer Notes")),
        Holding(GRAFANA, ("Viewer",), 0.8),
    ),
    "Sales and Marketing": (
        Holding(OKTA, ("grp-sales", "app-crm-console", "app-telephony")),
        Holding(CRM, ("Standard User", "Manage Pipeline")),
        Holding(GRAFANA, ("Viewer",), 0.2),
    ),
    "Finance": (
        Holding(OKTA, ("grp-finance", "app-finance-suite", "app-vpn")),
        Holding(JIRA, ("finance-space",)),
        Holding(GRAFANA, ("Viewer",), 0.3),
        Holding(CRM, ("Standard User",), 0.5),
        Holding(LEDGER, ("reporting_read",), 0.3),
    ),
    "People": (
        Holding(OKTA, ("grp-people", "app-recruiting")),
        Holding(JIRA, ("people-space",)),
    ),
}

# What single people hold beyond their team, by name.
EXTRAS: dict[str, tuple[Holding, ...]] = {
    "ada.kowalczyk": (Holding(OKTA, ("okta-super-admin",)), Holding(JIRA, ("site-admins",))),
    "martin.fuchs": (Holding(OKTA, ("okta-super-admin",)),),
    "sam.reyes": (Holding(OKTA, ("okta-super-admin",)),),
    "simon.keller": (Holding(FIREWALL, ("super-admin", "vpn-admin")),),
    "priscilla.tan": (Holding(FIREWALL, ("vpn-admin",)),),
    "rosa.delgado": (Holding(FIREWALL, ("policy-editor",)),),
    "jonas.weber": (Holding(AWS, ("Administrators",)), Holding(GITHUB, ("org:owner",))),
    "greta.schmid": (
        Holding(AWS, ("Administrators",)),
        Holding(GITHUB, ("org:owner",)),
        Holding(GRAFANA, ("Admin",)),
    ),
    "ravi.shankaran": (Holding(AWS, ("PaymentsDeploy",)),),
    "elodie.laurent": (Holding(AWS, ("PaymentsDeploy",)),),
    "tom.eriksen": (Holding(AWS, ("PaymentsOperators",)),),
    "sofia.marino": (Holding(AWS, ("PaymentsDeploy",)), Holding(GITHUB, ("payments:admin",))),
    "alice.okafor": (Holding(AWS, ("ViewOnly",)), Holding(LEDGER, ("reporting_read",))),
    "marcus.bell": (Holding(LEDGER, ("ledger_admin",)), Holding(GITHUB, ("ledger:admin",))),
    "femke.de.vries": (Holding(LEDGER, ("ledger_admin", "pg_checkpoint")),),
    "samuel.osei": (Holding(LEDGER, ("ledger_admin", "pg_checkpoint")),),
    "yuki.mori": (Holding(LEDGER, ("ledger_rw",)),),
    "olivia.grant": (Holding(LEDGER, ("ledger_rw",)), Holding(GITHUB, ("ledger:admin",))),
    "valentina.rossi": (Holding(CRM, ("System Administrator", "Export Customer Records")),),
    "patrick.doyle": (Holding(CRM, ("Export Customer Records",)),),
    "maya.cohen": (Holding(CRM, ("Send Campaigns",)),),
    "lucia.romero": (Holding(CRM, ("Send Campaigns",)),),
    "bob.lindqvist": (Holding(CRM, ("System Administrator", "Approve Refunds")),),
    "claire.beaumont": (Holding(JIRA, ("site-admins",)),),
    "igor.volkov": (Holding(OKTA, ("app-payroll",)),),
    "judith.maier": (Holding(OKTA, ("app-payroll",)),),
    "thomas.becker": (Holding(AWS, ("BillingView",)),),
}


class Machine(NamedTuple):
    """A service or emergency account: ``owner`` is a team or a mail."""

    system: str
    username: str
    kind: str
    owner: str
    purpose: str
    rights: tuple[str, ...]


MACHINES = tuple(
    Machine(
        row["system"],
        row["username"],
        row["kind"],
        row["owner"],
        row["purpose"],
        tuple(row["rights"].split(";")),
    )
    for row in read("machines")
)


def furnish(world: World) -> None:
    """Give everybody and every machine what they hold when the story begins."""
    for human in world.people.values():
        equip(world, human, holdings_of(world, human))
    for machine in MACHINES:
        install(world, machine, world.dates.last_launch - timedelta(days=420))


def holdings_of(world: World, human: Human) -> list[Holding]:
    chosen = [
        holding
        for holding in (*EVERYONE, *TEAM_HOLDINGS[human.team])
        if holding.share >= 1
        or world.dice("share", human.key, holding.system, *holding.rights).random() < holding.share
    ]
    chosen += EXTRAS.get(human.key, ())
    return [h for h in chosen if human.worker == "Employee" or h.system in OUTSIDE_SYSTEMS]


def equip(world: World, human: Human, holdings: Iterable[Holding], on: date | None = None) -> None:
    """Give a person rights, on ``on`` or else some day in the past, and the account for them."""
    for holding in holdings:
        username = username_of(human, holding.system)
        account = world.accounts.get((holding.system, username))
        if account is None:
            account = open_account(world, human, holding.system, username, on)
        for right in holding.rights:
            give(world, account, right, on)


def open_account(
    world: World, human: Human, system: str, username: str, on: date | None = None
) -> Account:
    outside = human.worker != "Employee"
    dice = world.dice("account", system, username)
    return world.add(
        Account(
            system=system,
            username=username,
            uid=uid_of(world, system, username),
            name=human.name,
            created=on or human.start + timedelta(days=dice.randint(0, 9)),
            holder=human.key,
            kind="temporary" if outside else "personal",
            mail=human.mail,
            number=human.number,
            sponsor=mail_of(human.manager) if outside else "",
            expires=human.end if outside else None,
        )
    )


def give(world: World, account: Account, right: str, on: date | None = None) -> None:
    dice = world.dice("grant", account.system, account.username, right)
    age = max((world.dates.last_launch - account.created).days - 5, 0)
    granted = on or account.created + timedelta(days=dice.randint(0, age) // 3)
    holder = world.people.get(account.holder)
    account.rights[right] = Right(
        granted=granted,
        granted_by=mail_of(holder.manager if holder and holder.manager else "ada.kowalczyk"),
        reference=f"REQ-{dice.randint(1200, 9800)}" if dice.random() < 0.8 else "",
    )


def install(world: World, machine: Machine, created: date) -> Account:
    account = world.add(
        Account(
            system=machine.system,
            username=machine.username,
            uid=uid_of(world, machine.system, machine.username),
            name="",
            created=created,
            kind=machine.kind,
            mfa=None if machine.kind == "service" else True,
            use=created + timedelta(days=200) if machine.kind == "emergency" else "regular",
            owner=machine.owner,
            purpose=machine.purpose,
            console=machine.kind == "emergency",
        )
    )
    for right in machine.rights:
        account.rights[right] = Right(created, mail_of("ada.kowalczyk"))
    return account


def username_of(human: Human, system: str) -> str:
    if system in {OKTA, CRM}:
        return human.mail
    if system == GITHUB:
        return human.key.replace(".", "") + "-nl"
    if system == LEDGER:
        return human.key.replace(".", "_")
    if system == FIREWALL:
        first, *_, last = human.key.split(".")
        return first[0] + last
    return human.key


def uid_of(world: World, system: str, username: str) -> str:
    """An id in the manner of that system; firewalls know none."""
    dice = world.dice("uid", system, username)
    if system == FIREWALL:
        return ""
    if system == OKTA:
        return "00u" + _letters(dice.getrandbits(100), 17)
    if system == CRM:
        return "0058d" + _letters(dice.getrandbits(64), 10)
    if system == JIRA:
        return f"712020:{dice.getrandbits(64):016x}"
    if system == AWS:
        return f"arn:aws:iam::418800012345:{_aws_path(username)}"
    return str(dice.randint(16_400, 99_000_000))


def _aws_path(username: str) -> str:
    return "root" if username == "<root_account>" else f"user/{username}"


def _letters(number: int, length: int) -> str:
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    letters = ""
    for _ in range(length):
        number, rest = divmod(number, len(alphabet))
        letters += alphabet[rest]
    return letters
