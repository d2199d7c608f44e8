"""The list of accounts, which several pages show, and the filter by system."""

from accounts.enums import AccountStatus, AccountType, LastUse
from accounts.models import System, Team, User
from accounts.queries import ORPHANED
from listing.columns import Column
from listing.filters import Choice, Dates, Search, YesNo
from listing.lists import List


def system_filter(user: User, column: str = "") -> Choice:
    """By each system that the user sees; asked of the database once a page."""
    systems = System.objects.visible_to(user).order_by("name")
    choices = list(systems.values_list("pk", "name"))
    return Choice("system", "System", choices=choices, column=column)


def accounts_list(*, user: User, of_one_system: bool = False) -> List:
    """Of one system, by its own key; of all systems, the newest first."""
    teams = Team.objects.visible_to(user).order_by("name").values_list("pk", "name")
    others = (
        system_filter(user),
        Choice("team", "Owner", choices=list(teams), column="owner_team"),
    )
    system = Column("system", "System", value="system.name", on_page=not of_one_system)
    return List(
        columns=(
            Column("account", "Account", value="username", order="key"),
            system,
            Column("external_id", "Account id", on_page=False),
            Column("name", "Name", on_page=False),
            Column("mail", "Mail", on_page=False),
            Column("person", "Holder", order="person__name"),
            Column("link_method", "Linked by", value="get_link_method_display", on_page=False),
            Column("type", "Type", value="get_type_display"),
            Column("type_evidence", "Why that type", on_page=False),
            Column("status", "Status", value="get_status_display"),
            Column("last_use", "Last use", value="get_last_use_display", on_page=False),
            Column("last_used", "Last used", order="last_used"),
            Column("rights", "Rights", number=True),
            Column("owner", "Owner", value=lambda row: row.owner_person or row.owner_team),
            Column("operator", "Operator", on_page=False),
            Column("sponsor", "Sponsor", on_page=False),
            Column("expires", "End date", on_page=False),
            Column("purpose", "Purpose", on_page=False),
            Column("mfa", "Second factor", value="get_mfa_display", on_page=False),
        ),
        order=("key", "id") if of_one_system else ("-id",),
        filters=(
            Search(
                "q",
                "Search",
                columns=("username", "name", "mail", "person__name", "external_id"),
                help="username, name, mail",
            ),
            Choice("type", "Type", choices=AccountType.choices),
            Choice("status", "Status", choices=AccountStatus.choices),
            Choice("last_use", "Last use", choices=LastUse.choices),
            YesNo("nobody", "Belongs to nobody", where=ORPHANED),
            Dates("used", "Last used", column="last_used"),
            *(() if of_one_system else others),
        ),
    )
