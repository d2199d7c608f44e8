"""Account types: the strongest signal decides, and nothing is personal by default."""

import pytest

from accounts.classification import AccountFacts, classify
from accounts.enums import AccountType

PERSONAL, TEMPORARY = AccountType.PERSONAL, AccountType.TEMPORARY
SERVICE, EMERGENCY = AccountType.SERVICE, AccountType.EMERGENCY
UNCLASSIFIED = AccountType.UNCLASSIFIED


@pytest.mark.parametrize(
    ("facts", "expected", "evidence"),
    [
        (
            {"username": "<root_account>", "raw_type": "root account"},
            EMERGENCY,
            "It is the root account of an AWS account.",
        ),
        (
            {"external_id": "S-1-5-21-1-2-3-500", "link_method": "mail"},
            EMERGENCY,
            "It is the domain's built-in administrator (RID 500).",
        ),
        (
            {"raw_type": "Service Principal", "link_method": "mail"},
            SERVICE,
            "The system's own type is “Service Principal”.",
        ),
        ({"raw_type": "Bot"}, SERVICE, "The system's own type is “Bot”."),
        (
            {"raw_type": "Outside collaborator"},
            TEMPORARY,
            "The system's own type is “Outside collaborator”.",
        ),
        (
            {"username": "break-glass-1", "link_method": "mail"},
            EMERGENCY,
            "“break-glass-1” is the name of an emergency account.",
        ),
        (
            {"username": "deployer-x", "raw_type": "no console password; active access key"},
            SERVICE,
            "It has no console password and an active key.",
        ),
        ({"owner": "team"}, SERVICE, "Its source names a team as its owner."),
        ({"sponsor": "alice@example.com"}, TEMPORARY, "Its source names a sponsor."),
        (
            {"username": "pnatarajan", "expires": "2026-12-20", "link_method": "mail"},
            TEMPORARY,
            "Its source gives it an end date, 2026-12-20.",
        ),
        (
            {"username": "svc-ledger", "expires": "2026-12-20"},
            SERVICE,
            "“svc-ledger” is the name of a service account.",
        ),
        (
            {"link_method": "employee_id", "worker_type": "employee"},
            PERSONAL,
            "It is linked to a person by employee id.",
        ),
        (
            {"link_method": "mail", "worker_type": "contractor"},
            TEMPORARY,
            "It is linked to a contractor by mail.",
        ),
        ({"username": "sa-backup"}, SERVICE, "“sa-backup” is the name of a service account."),
        ({"username": "ext-kim"}, TEMPORARY, "“ext-kim” is the name of a temporary account."),
        ({"username": "c-kim"}, TEMPORARY, "“c-kim” is the name of a temporary account."),
        (
            {"username": "admin", "raw_type": "User", "link_method": "name"},
            UNCLASSIFIED,
            "“admin” is a generic name: it tells of nobody.",
        ),
        ({"link_method": "name"}, PERSONAL, "It bears exactly the name of one person."),
        (
            {"username": "nightly", "owner": "person"},
            SERVICE,
            "Its source names its owner, and it matches no person.",
        ),
        (
            {"username": "tom", "raw_type": "User"},
            PERSONAL,
            "The system says “User”, and nothing speaks against it.",
        ),
        (
            {"username": "tom", "raw_type": "Zebra"},
            UNCLASSIFIED,
            "The system's type, “Zebra”, is not one that we know.",
        ),
        (
            {"username": "tom", "raw_type": "N/A"},
            UNCLASSIFIED,
            "It matches no person, and neither its system nor its name tells its type.",
        ),
        (
            {"username": "tom"},
            UNCLASSIFIED,
            "It matches no person, and neither its system nor its name tells its type.",
        ),
    ],
)
def test_classify_by_the_strongest_signal(
    facts: dict[str, str], expected: AccountType, evidence: str
) -> None:
    assert classify(AccountFacts(**facts)) == (expected, evidence)


@pytest.mark.parametrize("username", ["c.jones", "sa.miller", "talbot", "abbott", "apple"])
def test_classify_a_name_that_only_resembles_a_pattern(username: str) -> None:
    assert classify(AccountFacts(username=username)).type == UNCLASSIFIED


def test_classify_keeps_evidence_within_its_column() -> None:
    long = AccountFacts(username="svc-" + "x" * 390, raw_type="y" * 200)
    assert len(classify(long).evidence) <= 400
