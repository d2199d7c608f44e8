"""What type an account is of, from the fields that its source delivered.

Pure, and fast enough for every row of an import. The strongest signal decides and is kept as
a sentence; where none speaks, the account is unclassified: nothing is personal by default.
The register of emergency accounts and every other correction by a person stand above this
(``Account.corrected``): whoever imports leaves a corrected type alone.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from accounts.connectors.values import ACCOUNT_TYPE_WORDS, GENERIC_NAME_PATTERN, fold
from accounts.enums import AccountType, LinkMethod, WorkerType


class AccountFacts(NamedTuple):
    """The mapped fields of one account that bear on its type; blank where nothing is said.

    ``worker_type`` is that of the person the account is linked to by ``link_method``;
    ``owner`` is "team", "person" or blank, as the owner named by the source was resolved.
    """

    username: str = ""
    external_id: str = ""
    name: str = ""
    raw_type: str = ""
    link_method: str = ""
    worker_type: str = ""
    owner: str = ""
    sponsor: str = ""
    expires: str = ""


class Classified(NamedTuple):
    type: AccountType
    evidence: str


PERSONAL, TEMPORARY = AccountType.PERSONAL, AccountType.TEMPORARY
SERVICE, EMERGENCY = AccountType.SERVICE, AccountType.EMERGENCY
UNCLASSIFIED = AccountType.UNCLASSIFIED


def classify(facts: AccountFacts) -> Classified:
    """The type of an account, with the sentence that says by what it is known."""
    return (
        _by_the_system(facts)
        or _by_owner_or_end(facts)
        or _by_match(facts)
        or _by_name(facts)
        or _by_weak_signs(facts)
    )


# Words that systems put on everything that is not a bot: they count only where no name speaks.
_WEAK_WORDS = frozenset(
    ("user", "member", "standard user", "regular", "standard", "normal", "default", "full member")
)
# What a connector read off other columns, where the system has no word for it.
_DERIVED = {
    "no console password; active access key": "It has no console password and an active key.",
}

# Systems have few words for types: each is looked at once, not for every account.
_fold = lru_cache(10_000)(fold)


def _quoted(text: str) -> str:
    """The source's own word inside a sentence; a very long one is cut visibly."""
    return f"“{text}”" if len(text) <= 100 else f"“{text[:99]}…”"


def _by_the_system(facts: AccountFacts) -> Classified | None:
    if facts.username == "<root_account>":
        return Classified(EMERGENCY, "It is the root account of an AWS account.")
    if facts.external_id.startswith("S-1-5-21-") and facts.external_id.endswith("-500"):
        return Classified(EMERGENCY, "It is the domain's built-in administrator (RID 500).")
    if facts.raw_type and (said := _said_by_the_system(facts.raw_type)):
        return said
    login = _login(facts)
    if _EMERGENCY_NAMES.search(login):
        return Classified(EMERGENCY, f"{_quoted(login)} is the name of an emergency account.")
    return None


@lru_cache(10_000)
def _said_by_the_system(raw_type: str) -> Classified | None:
    word = _fold(raw_type)
    known = ACCOUNT_TYPE_WORDS.get(word)
    if known is None or known == UNCLASSIFIED or word in _WEAK_WORDS:
        return None
    evidence = _DERIVED.get(word) or f"The system's own type is {_quoted(raw_type)}."
    return Classified(AccountType(known), evidence)


def _by_owner_or_end(facts: AccountFacts) -> Classified | None:
    if facts.owner == "team":
        return Classified(SERVICE, "Its source names a team as its owner.")
    if facts.sponsor:
        return Classified(TEMPORARY, "Its source names a sponsor.")
    if facts.expires and not _is_machine_name(facts):
        return Classified(TEMPORARY, f"Its source gives it an end date, {facts.expires}.")
    return None


_CONTINGENT = {
    WorkerType.CONTRACTOR.value: "contractor",
    WorkerType.GUEST.value: "guest",
    WorkerType.AUDITOR.value: "visiting auditor",
}
_STRONG_MATCHES = {
    LinkMethod.MANUAL.value: "hand",
    LinkMethod.EMPLOYEE_ID.value: "employee id",
    LinkMethod.MAIL.value: "mail",
}


def _by_match(facts: AccountFacts) -> Classified | None:
    by = _STRONG_MATCHES.get(facts.link_method)
    if by is None:
        return None
    if worker := _CONTINGENT.get(facts.worker_type):
        return Classified(TEMPORARY, f"It is linked to a {worker} by {by}.")
    return Classified(PERSONAL, f"It is linked to a person by {by}.")


_EMERGENCY_NAMES = re.compile(
    r"break[-_. ]?glass|fire[-_. ]?(?:fighter|call)|^emergency(?:$|[-_.])", re.IGNORECASE
)
# "c.jones" is an initial and "talbot" a surname: both are left to the match with people.
_NAMES = re.compile(
    r"""(?P<service> ^(?:svc|srv|app|bot|robot|service|api)[-_.] | ^sa[-_]
            | [-_.](?:svc|bot|robot|app|service|daemon)$ | \[bot\]$
            | ^(?:bot|dependabot|slackbot|(?:build|chat|ci|deploy|merge|release|renovate)bot)$
            | ^(?:cron|jenkins|terraform|ansible|backup|monitoring|nagios|deploy|deployer)$ )
      | (?P<temporary> ^(?:tmp|temp|ext)[-_.] | ^c- | [-_.](?:tmp|temp|ext)$ | \#ext\# )
      | (?P<generic> """
    + GENERIC_NAME_PATTERN
    + ")",
    re.VERBOSE | re.IGNORECASE,
)
_NAMED_TYPES = {"service": SERVICE, "temporary": TEMPORARY}


def _login(facts: AccountFacts) -> str:
    """The name that the account signs in with, without the domain of a mail."""
    login = facts.username or facts.external_id
    return login if "#" in login else login.partition("@")[0]


def _is_machine_name(facts: AccountFacts) -> bool:
    found = _NAMES.search(_login(facts))
    return found is not None and found.lastgroup == "service"


def _by_name(facts: AccountFacts) -> Classified | None:
    login = _login(facts)
    found = _NAMES.search(login)
    if found is None or found.lastgroup is None:
        return None
    if known := _NAMED_TYPES.get(found.lastgroup):
        return Classified(known, f"{_quoted(login)} is the name of a {known} account.")
    return Classified(UNCLASSIFIED, f"{_quoted(login)} is a generic name: it tells of nobody.")


def _by_weak_signs(facts: AccountFacts) -> Classified:
    if facts.link_method == LinkMethod.NAME.value:
        if worker := _CONTINGENT.get(facts.worker_type):
            return Classified(TEMPORARY, f"It bears exactly the name of a {worker}.")
        return Classified(PERSONAL, "It bears exactly the name of one person.")
    if facts.owner == "person":
        return Classified(SERVICE, "Its source names its owner, and it matches no person.")
    if facts.raw_type and _fold(facts.raw_type) in _WEAK_WORDS:
        return Classified(
            PERSONAL,
            f"The system says {_quoted(facts.raw_type)}, and nothing speaks against it.",
        )
    if facts.raw_type and _fold(facts.raw_type) not in ACCOUNT_TYPE_WORDS:
        return Classified(
            UNCLASSIFIED, f"The system's type, {_quoted(facts.raw_type)}, is not one that we know."
        )
    return Classified(
        UNCLASSIFIED, "It matches no person, and neither its system nor its name tells its type."
    )
