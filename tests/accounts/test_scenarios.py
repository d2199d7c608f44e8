"""Acceptance scenarios 5 and 6, from the imported file to what people are told."""

import pytest

from accounts.actions.accounts import link_account, name_owner
from accounts.enums import AccountStatus, AccountType, Answer, FindingState, LastUse
from accounts.insights import insights_of, sentence
from accounts.models import Account, Finding, User
from accounts.queries import list_orphaned
from jobs.runner import drain
from tests.accounts.imports import import_accounts, import_people
from tests.cast import acting, make_team, person_of

pytestmark = [pytest.mark.usefixtures("noon"), pytest.mark.django_db]


def test_scenario_5_unknown_stays_unknown(sam: User) -> None:
    import_accounts("username,entitlement\nzebra,read\n")
    drain()
    account = Account.objects.get()
    assert (account.type, account.status, account.mfa, account.last_use, account.last_used) == (
        AccountType.UNCLASSIFIED,
        AccountStatus.UNKNOWN,
        Answer.NOT_AVAILABLE,
        LastUse.NOT_AVAILABLE,
        None,
    )
    assert [(insight["rule"], insight["outcome"]) for insight in insights_of(account.id)] == [
        ("S17", "V"),
        ("S5", "I"),
    ]


def test_scenario_5_a_leavers_account_of_unknown_status_counts_as_live() -> None:
    import_people("employee_id,name,mail,status,end\n7,Lena,lena@example.com,left,2026-09-30\n")
    import_accounts("username,mail,last_used\nlena,lena@example.com,\n")
    drain()
    finding = Finding.objects.get()
    assert finding.sentence.startswith(
        "Its holder left on 30 September 2026, and the account counts as live, since its status "
        "is unknown; whether it was used after that is unknown."
    )


def test_scenario_6_an_orphaned_account_is_flagged_until_it_belongs_to_somebody(
    sam: User, alice: User
) -> None:
    import_accounts("username,entitlement\nzebra,read\nsvc-backup,write\n")
    drain()
    orphans = {account.username: account for account in list_orphaned(sam)}
    assert set(orphans) == {"zebra", "svc-backup"}
    found = Finding.objects.filter(rule="S17", state=FindingState.OPEN)
    assert {finding.account.username for finding in found} == set(orphans)
    link_account(orphans["zebra"], actor=acting(sam), person=person_of(alice))
    name_owner(orphans["svc-backup"], actor=acting(sam), owner=make_team())
    assert list(list_orphaned(sam)) == []
    assert not found.all().exists()


def test_scenario_6_what_was_linked_by_hand_outlives_the_next_import(
    sam: User, alice: User
) -> None:
    file = "username,entitlement,name\nzebra,read,Zoe\n"
    import_accounts(file)
    link_account(Account.objects.get(), actor=acting(sam), person=person_of(alice))
    import_accounts(file.replace("Zoe", "Bob Larsen"))
    drain()
    account = Account.objects.get()
    assert (account.name, account.person) == ("Bob Larsen", alice.person)
    assert account.type == AccountType.PERSONAL
    (insight,) = insights_of(account.id)
    assert sentence(insight) == (
        "Last use is not available: the source does not tell it. "
        "From Vault, as of 5 October 2026, 12:00 UTC."
    )
