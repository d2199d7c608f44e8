"""What happened between the two reviews: who came, left and moved, and what went wrong."""

from datetime import date, timedelta
from typing import NamedTuple

from portx_access.sample.access import (
    Machine,
    equip,
    give,
    holdings_of,
    install,
    uid_of,
    username_of,
)
from portx_access.sample.company import Account, Plant, Right, World, mail_of
from portx_access.sample.last_quarter import REVOKED, close, hold, orders
from portx_access.sample.people import DEPARTMENT, engage
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


class Leaver(NamedTuple):
    person: str
    days: int
    live: tuple[str, ...] = ()
    """Systems where the account was forgotten."""
    used: int | None = None
    """Days from launch of the last use of what was forgotten."""


LEAVERS = (
    Leaver("chloe.martin", -31, (CRM,), -12),
    Leaver("ahmed.farouk", -25, (JIRA,), -27),
    Leaver("viktor.horvath", -20, (LEDGER, GITHUB)),
    Leaver("grace.lindholm", -9),
    Leaver("dylan.price", -55),
    Leaver("bianca.moreau", -40),
    Leaver("harriet.cole", -33),
)


class Move(NamedTuple):
    person: str
    team: str = ""
    title: str = ""
    manager: str = ""
    days: int = -30


MOVES = (
    Move("lena.fischer", "Payments Engineering", "Integration Engineer", "alice.okafor", -34),
    Move("emre.aydemir", "Platform", "", "greta.schmid", -45),
    Move("hugo.lindgren", "Product", "Product Analyst", "claire.beaumont", -60),
    Move("declan.byrne", manager="jonas.weber", days=-20),
    Move("jun.park", title="Senior Reliability Engineer", days=-50),
    Move("nicole.weiss", title="Head of Sales Analysis", days=-38),
)

# System, person, the right before where it was replaced, the right now, days from launch.
RAISED = (
    (GITHUB, "tom.eriksen", "org:member", "org:owner", -7),
    (OKTA, "naledi.khumalo", "okta-helpdesk-admin", "okta-super-admin", -41),
    (JIRA, "esther.mwangi", "project-admins", "site-admins", -26),
    (AWS, "chinedu.eze", "", "Administrators", -19),
    (GRAFANA, "shreya.iyer", "Editor", "Admin", -33),
)
NEW_RIGHTS = (
    (AWS, "hannah.levy", "PaymentsOperators"),
    (AWS, "noah.fernandes", "PaymentsDeploy"),
    (LEDGER, "chinedu.eze", "reporting_read"),
    (LEDGER, "camille.dubois", "reporting_read"),
    (GITHUB, "joaquin.herrera", "ledger:write"),
    (GITHUB, "yuki.mori", "ledger:admin"),
    (CRM, "deepa.krishnan", "Approve Refunds"),
    (CRM, "rebecca.stone", "Approve Refunds"),
    (CRM, "heidi.aalto", "Export Customer Records"),
    (JIRA, "nina.johansson", "project-admins"),
    (JIRA, "miriam.katz", "finance-space"),
    (OKTA, "quentin.leroy", "app-vpn"),
    (OKTA, "uma.patel", "app-vpn"),
    (OKTA, "anita.desai", "app-payroll"),
    (GRAFANA, "esther.mwangi", "Editor"),
)
# System, person, a right to hold it by, how many days before launch it was last used.
INACTIVE = (
    (GRAFANA, "farid.karimi", "Viewer", 118),
    (GRAFANA, "gustavo.lima", "Viewer", 104),
    (GRAFANA, "lucas.ferreira", "Viewer", 97),
    (JIRA, "jasmine.clarke", "jira-users", 111),
    (CRM, "felix.brandt", "Standard User", 99),
    (CRM, "erik.svensson", "Standard User", 116),
    (AWS, "piotr.zielinski", "ViewOnly", 109),
    (AWS, "hannah.levy", "PaymentsOperators", 94),
    (FIREWALL, "lindiwe.dube", "read-only", 101),
)
NEVER_USED = (
    (GRAFANA, "fiona.macleod", "Viewer", 75),
    (GRAFANA, "miriam.katz", "Viewer", 64),
    (CRM, "kai.andersen", "Standard User", 58),
    (JIRA, "helena.duarte", "site-admins", 80),
    (GRAFANA, "isaac.goldberg", "Viewer", 70),
)
LAST_USE_UNKNOWN = ((GRAFANA, "mateus.oliveira"), (GRAFANA, "aiko.yamada"), (OKTA, "jana.novakova"))
MFA_UNKNOWN = ("kofi.asante", "oliver.baum", "finn.gallagher", "simon.keller")


def pass_by(world: World) -> None:
    """Let the quarter pass, and plant what the second review is to find."""
    launch = world.dates.launch
    _people(world, launch)
    _rights(world, launch)
    _uses(world, launch)
    _machines(world, launch)
    _identities(world, launch)
    _hierarchy(world)
    _spoil(world)


def _people(world: World, launch: date) -> None:
    for row in read("joiners"):
        human = engage(world, row, launch)
        equip(world, human, holdings_of(world, human), human.start)
    for leaver in LEAVERS:
        leave(world, leaver, launch)
    for move in MOVES:
        _move(world, move, launch)
    world.people["ruth.adeyemi"].listed = False
    for account in list(world.accounts_of("ruth.adeyemi")):
        if account.system == OKTA:
            account.active = False
        elif account.system == JIRA:
            world.plant(Plant.GONE_FROM_ROSTER, account)
        else:
            world.remove(account.system, account.username)


def leave(world: World, leaver: Leaver, launch: date) -> None:
    """Somebody leaves: Okta is closed, the other accounts go, save what was forgotten."""
    human = world.people[leaver.person]
    human.status, human.end = "Terminated", launch + timedelta(days=leaver.days)
    for account in list(world.accounts_of(leaver.person)):
        account.use = human.end if leaver.used is None else launch + timedelta(days=leaver.used)
        if account.system in leaver.live:
            world.plant(_after_leaving(leaver), account)
        elif account.system == OKTA:
            close(account)
        else:
            world.remove(account.system, account.username)


def _after_leaving(leaver: Leaver) -> Plant:
    if leaver.used is None:
        return Plant.LEAVER_USE_UNKNOWN
    used_after = leaver.used > leaver.days
    return Plant.LEAVER_USED_AFTER if used_after else Plant.LEAVER_NOT_USED


def _move(world: World, move: Move, launch: date) -> None:
    human = world.people[move.person]
    human.title = move.title or human.title
    human.manager = move.manager or human.manager
    if move.team:
        human.team, human.department = move.team, DEPARTMENT[move.team]
        day = launch + timedelta(days=move.days)
        for system, rights, _ in holdings_of(world, human):
            hold_since(world, system, move.person, day, *rights)
    world.plant_person(Plant.MOVED, move.person)


def hold_since(world: World, system: str, person: str, day: date, *rights: str) -> Account:
    """See that a person holds these rights; what is new is granted on that day."""
    held = world.accounts.get((system, username_of(world.people[person], system)))
    before = set(held.rights) if held else set()
    account = hold(world, system, person, *rights)
    if held is None:
        account.created = day
    for right in set(rights) - before:
        give(world, account, right, day)
    return account


def _rights(world: World, launch: date) -> None:
    for system, person, before, right, days in RAISED:
        account = hold_since(world, system, person, launch + timedelta(days=days), right)
        account.rights.pop(before, None)
        world.plant(Plant.RAISED, account, right)
    for place, (system, person, right) in enumerate(NEW_RIGHTS):
        day = launch - timedelta(days=12 + 4 * place)
        account = hold_since(world, system, person, day, right)
        world.plant(Plant.NEW_RIGHT, account, right)
    priya = hold_since(world, AWS, "priya.natarajan", launch - timedelta(days=34), "PaymentsDeploy")
    priya.rights["PaymentsDeploy"] = Right(
        launch - timedelta(days=34), mail_of("tom.eriksen"), "REQ-4471"
    )
    world.plant(Plant.BEYOND_ROLE, priya, "PaymentsDeploy")
    world.plant(Plant.DUTY_CONFLICT, world.account(AWS, "sofia.marino"), "PaymentsDeploy")
    world.plant(Plant.DUTY_CONFLICT, world.account(GITHUB, "sofiamarino-nl"), "payments:admin")
    nina = world.account(JIRA, "nina.johansson")
    world.plant(Plant.UNUSUAL, nina, "project-admins")
    rebecca = world.account(CRM, mail_of("rebecca.stone"))
    given = rebecca.rights["Approve Refunds"]
    rebecca.rights["Approve Refunds"] = Right(given.granted, given.granted_by)
    world.plant(Plant.NO_NEED, rebecca, "Approve Refunds")
    for order, account in orders(world, REVOKED):
        if order.fate == "back again":
            give(world, account, order.right, launch - timedelta(days=18))
            world.plant(Plant.BACK_AGAIN, account, order.right)
        elif order.fate == "not removed":
            world.plant(Plant.NOT_REMOVED, account, order.right)


def _uses(world: World, launch: date) -> None:
    for system, person, right, days in INACTIVE:
        account = hold(world, system, person, right)
        account.use = launch - timedelta(days=days)
        world.plant(Plant.INACTIVE, account)
    for system, person, right, days in NEVER_USED:
        account = hold_since(world, system, person, launch - timedelta(days=days), right)
        account.use = "never"
        world.plant(Plant.NEVER_USED, account)
    for system, person in LAST_USE_UNKNOWN:
        account = world.account(system, username_of(world.people[person], system))
        account.use = "unknown"
        world.plant(Plant.LAST_USE_UNKNOWN, account)
    for person in MFA_UNKNOWN:
        account = world.account(OKTA, mail_of(person))
        account.mfa = None
        world.plant(Plant.MFA_UNKNOWN, account)
    greta = world.account(AWS, "greta.schmid")
    greta.secret = launch - timedelta(days=130)
    world.plant(Plant.UNROTATED, greta, "Administrators")
    sofia = world.account(GITHUB, "sofiamarino-nl")
    sofia.mfa = False
    world.plant(Plant.NO_SECOND_FACTOR, sofia, "payments:admin")
    account = world.account(CRM, mail_of("gabriela.santos"))
    account.active = None
    world.plant(Plant.STATUS_UNKNOWN, account)


def _machines(world: World, launch: date) -> None:
    importer = Machine(
        LEDGER, "svc_legacy_import", "service", "", "Imports from the old ledger", ("ledger_rw",)
    )
    world.plant(Plant.SERVICE_NO_OWNER, install(world, importer, launch - timedelta(days=52)))
    settlement = world.account(LEDGER, "svc_settlement")
    settlement.owner, settlement.purpose = "Payments Engineering", ""
    world.plant(Plant.SERVICE_NO_PURPOSE, settlement)
    world.plant(Plant.SERVICE_OWNER_LEFT, world.account(LEDGER, "svc_reporting"))
    files = world.account(AWS, "svc-payout-files")
    files.console = True
    world.plant(Plant.SERVICE_INTERACTIVE, files)
    glass = world.account(OKTA, "break-glass-1")
    glass.use = launch - timedelta(days=16)
    world.plant(Plant.EMERGENCY_USED, glass)


def _identities(world: World, launch: date) -> None:
    for person, plant in (
        ("kenji.watanabe", Plant.TEMPORARY_NO_END),
        ("lars.moller", Plant.TEMPORARY_NO_SPONSOR),
    ):
        world.plant(plant, world.account(OKTA, mail_of(person)))
    for account in world.accounts_of("francois.lefevre"):
        world.plant(Plant.TEMPORARY_EXPIRED, account)
    kenji = world.people["kenji.watanabe"]
    kenji.end = None
    for account in world.accounts_of(kenji.key):
        account.expires = None
    world.account(OKTA, mail_of("lars.moller")).sponsor = ""
    for system, username, name, right in (
        (GITHUB, "kmx-dev", "", "payments:write"),
        (JIRA, "old.vendor", "Vendor access", "service-desk-agents"),
        (CRM, "m.power@brightdesk.example", "Max Power", "Standard User"),
    ):
        nobody = Account(system, username, uid_of(world, system, username), name, launch)
        nobody.created = launch - timedelta(days=66)
        give(world, world.add(nobody), right, nobody.created)
        world.plant(Plant.ORPHANED, nobody)
    ben = world.account(JIRA, "ben.carter")
    second = Account(
        JIRA, "bcarter", uid_of(world, JIRA, "bcarter"), ben.name, launch, ben.holder, mail=ben.mail
    )
    second.created = launch - timedelta(days=44)
    give(world, world.add(second), "jira-users", second.created)
    world.plant(Plant.TWO_ACCOUNTS, second)
    desk = Account(
        *(GRAFANA, "reception", uid_of(world, GRAFANA, "reception"), "Front desk", launch),
        *("petra.kovacs", "personal", mail_of("petra.kovacs")),
    )
    desk.created = launch - timedelta(days=37)
    give(world, world.add(desk), "Viewer", desk.created)
    world.plant(Plant.GENERIC_PERSONAL, desk, "Viewer")
    noah = hold_since(world, FIREWALL, "noah.fernandes", launch - timedelta(29), "policy-editor")
    world.plant(Plant.OUTSIDE_TEAM, noah, "policy-editor")
    judith = world.account(OKTA, mail_of("judith.maier"))
    judith.number = ""
    world.plant(Plant.MATCH_BY_MAIL, judith)
    iva = world.account(GRAFANA, "iva.petrova")
    iva.mail = ""
    world.plant(Plant.MATCH_BY_NAME, iva)


def _hierarchy(world: World) -> None:
    people = world.people
    people["natasha.ivanova"].status = "On Leave"
    people["ian.fletcher"].manager = "jelena.markovic"
    people["jelena.markovic"].manager = "ian.fletcher"
    people["leonardo.greco"].manager_written = "999120"
    people["felix.brandt"].manager_written = ""
    people["peter.hofmann"].manager_written = "Daniel Kim"
    for person, plant in (
        ("ian.fletcher", Plant.MANAGER_CIRCLE),
        ("jelena.markovic", Plant.MANAGER_CIRCLE),
        ("leonardo.greco", Plant.MANAGER_UNKNOWN),
        ("felix.brandt", Plant.MANAGER_MISSING),
        ("peter.hofmann", Plant.MANAGER_AMBIGUOUS),
    ):
        world.plant_person(plant, person)
    for human in people.values():
        if human.manager == "grace.lindholm" and human.status == "Active":
            world.plant_person(Plant.MANAGER_DEPARTED, human.key)


def _spoil(world: World) -> None:
    world.doubled = {"Employees", GRAFANA}
    world.keyless = {JIRA: "Former user"}
