"""What the top of each page leads to, by role; a place that has no page yet is left out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.timezone import get_current_timezone_name

from accounts.enums import Role
from accounts.models import User

Place = tuple[str, str]

MY_REVIEWS = ("My reviews", "reviews:sheets")
MY_TEAM = ("My team's access", "accounts:team_access")
COCKPIT = ("Cockpit", "reviews:cockpit")
CAMPAIGNS = ("Campaigns", "reviews:campaigns")
FINDINGS = ("Findings", "accounts:findings")
EXCEPTIONS = ("Exceptions", "reviews:exceptions")
REMOVALS = ("Removals", "reviews:removals")
SOURCES = ("Sources", "accounts:sources")
PEOPLE = ("People", "accounts:people")
SYSTEMS = ("Systems", "accounts:systems")
POLICY = ("Policy", "accounts:policy")
CORRECTIONS = ("Corrections", "reviews:corrections")
LOOKS = ("Second looks", "reviews:looks")
EVIDENCE = ("Evidence", "reviews:evidence")
TRAIL = ("Trail", "audit:events")
USERS = ("Users", "accounts:users")
MAIL = ("Mail", "accounts:mail")
WORK = ("Background work", "accounts:work")
PROFILE = ("Profile", "accounts:profile")

SECURITY = (
    COCKPIT, CAMPAIGNS, FINDINGS, EXCEPTIONS, REMOVALS, SOURCES, PEOPLE, SYSTEMS, EVIDENCE, TRAIL
)  # fmt: skip
AUDITOR = (
    CAMPAIGNS, EVIDENCE, FINDINGS, EXCEPTIONS, REMOVALS, SYSTEMS, PEOPLE, POLICY, TRAIL
)  # fmt: skip
MAIN: dict[str, tuple[Place, ...]] = {
    Role.REVIEWER: (MY_REVIEWS, MY_TEAM, REMOVALS),
    Role.AUDITOR: AUDITOR,
    Role.SECURITY: SECURITY,
    Role.ADMINISTRATOR: SECURITY,
}
ADMINISTRATOR = (
    USERS, MAIL, POLICY, CORRECTIONS, LOOKS, WORK, MY_REVIEWS, MY_TEAM, PROFILE
)  # fmt: skip
# Behind the name at the right: the security team reviews, too, where nobody else can.
OWN: dict[str, tuple[Place, ...]] = {
    Role.REVIEWER: (PROFILE,),
    Role.AUDITOR: (CORRECTIONS, LOOKS, PROFILE),
    Role.SECURITY: (POLICY, CORRECTIONS, LOOKS, WORK, MY_REVIEWS, MY_TEAM, PROFILE),
    Role.ADMINISTRATOR: ADMINISTRATOR,
}
FRONT: dict[str, Place] = {
    Role.REVIEWER: MY_REVIEWS,
    Role.AUDITOR: CAMPAIGNS,
    Role.SECURITY: COCKPIT,
    Role.ADMINISTRATOR: COCKPIT,
}


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Navigation:
    name: str
    role: str
    zone: str
    main: tuple[Link, ...]
    own: tuple[Link, ...]
    sign_out: str


def navigation(user: User, path: str) -> Navigation:
    """The links for this user, with the one that holds ``path`` marked as current."""
    return Navigation(
        name=str(user),
        role=user.get_role_display(),
        zone=get_current_timezone_name(),
        main=tuple(_links(MAIN[user.role], path)),
        own=tuple(_links(OWN[user.role], path)),
        sign_out=_url("account_logout"),
    )


def front_page(user: User) -> str:
    """Where this user lands: on what waits for them. Blank while that page is not there."""
    return _url(FRONT[user.role][1])


def _links(places: Iterable[Place], path: str) -> Iterator[Link]:
    found = [(label, url) for label, name in places if (url := _url(name))]
    here = max((url for _, url in found if _holds(url, path)), key=len, default="")
    for label, url in found:
        yield Link(label, url, current=url == here)


def _holds(url: str, path: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
