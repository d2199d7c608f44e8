"""Linking: employee id, then mail, then exact name, and only where one person fits."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection

from accounts.enums import AccountType, LinkMethod, PersonStatus
from accounts.linking import (
    Linked,
    ambiguous_accounts,
    likely_holders,
    link_accounts,
    links_sql,
)
from accounts.models import Account, System, User
from tests.cast import make_account, make_person, make_system, make_team


def test_accounts_are_linked_by_the_strongest_key(ledger: System) -> None:
    by_id = make_person("Ann One", employee_id="007", mail="ann@example.com")
    by_mail = make_person("Ben Two", mail="Ben@Example.com")
    by_name = make_person("Cy  Three", mail="")
    one = make_account(ledger, "a", employee_id=" 007 ", mail="ben@example.com")
    two = make_account(ledger, "b", employee_id="999", mail=" BEN@example.COM", name="Ann One")
    three = make_account(ledger, "c", name=" cy  three ")
    nobody = make_account(ledger, "d", name="Somebody Else")
    assert link_accounts() == Linked(holders=3, owners=0, sponsors=0, ambiguous=0)
    rows = Account.objects.order_by("id").values_list("id", "person", "link_method")
    assert list(rows) == [
        (one.id, by_id.id, LinkMethod.EMPLOYEE_ID),
        (two.id, by_mail.id, LinkMethod.MAIL),
        (three.id, by_name.id, LinkMethod.NAME),
        (nobody.id, None, LinkMethod.NONE),
    ]


def test_leading_zeros_are_part_of_an_employee_id(ledger: System) -> None:
    make_person("Ann", employee_id="007")
    make_account(ledger, "a", employee_id="7")
    assert link_accounts().holders == 0


def test_account_that_fits_two_people_is_reported_and_left_alone(ledger: System) -> None:
    make_person("John Smith", mail="john.a@example.com")
    make_person("John Smith", mail="john.b@example.com")
    account = make_account(ledger, "john", name="John Smith")
    assert link_accounts() == Linked(holders=0, owners=0, sponsors=0, ambiguous=1)
    assert ambiguous_accounts(ledger.id) == [(account.id, 2)]


def test_somebody_who_is_here_counts_before_the_departed_with_the_same_mail(
    ledger: System,
) -> None:
    gone = make_person("Kim Old", mail="kim@example.com", status=PersonStatus.LEFT)
    account = make_account(ledger, "kim", mail="kim@example.com", person=gone)
    here = make_person("Kim New", mail="kim@example.com")
    assert link_accounts().holders == 1
    account.refresh_from_db()
    assert account.person == here


def test_a_leavers_account_stays_theirs_when_a_namesake_joins(ledger: System) -> None:
    gone = make_person("Kim Lee", mail="a@example.com", status=PersonStatus.GONE)
    account = make_account(ledger, "kim", name="Kim Lee", person=gone)
    make_person("Kim Lee", mail="b@example.com")
    assert link_accounts().holders == 0
    account.refresh_from_db()
    assert account.person == gone


def test_a_corrected_holder_outlives_linking(ledger: System) -> None:
    make_person("Ann", mail="ann@example.com")
    account = make_account(
        ledger,
        "a",
        mail="ann@example.com",
        owner_ref="ann@example.com",
        sponsor_ref="ann@example.com",
        corrected={"person": {}, "owner": {}, "sponsor": {}},
    )
    assert link_accounts() == Linked(0, 0, 0, 0)
    account.refresh_from_db()
    assert (account.person, account.owner_person, account.sponsor) == (None, None, None)


def test_owners_and_sponsors_are_resolved_to_people_and_teams(ledger: System) -> None:
    marcus = make_person("Marcus Bell", mail="marcus@example.com")
    payments = make_team("Payments", mail="payments@example.com")
    fields = {"type": AccountType.SERVICE}
    by_mail = make_account(ledger, "svc-a", owner_ref="MARCUS@example.com", **fields)
    by_team = make_account(ledger, "svc-b", owner_ref="payments", **fields)
    by_alias = make_account(ledger, "svc-c", owner_ref="payments@example.com", **fields)
    by_name = make_account(ledger, "svc-d", owner_ref="Marcus Bell", **fields)
    unknown = make_account(ledger, "svc-e", owner_ref="nobody", **fields)
    guest = make_account(ledger, "tmp-f", sponsor_ref="marcus@example.com")
    assert link_accounts() == Linked(holders=0, owners=4, sponsors=1, ambiguous=0)
    rows = Account.objects.order_by("id").values_list("id", "owner_person", "owner_team", "sponsor")
    assert list(rows) == [
        (by_mail.id, marcus.id, None, None),
        (by_team.id, None, payments.id, None),
        (by_alias.id, None, payments.id, None),
        (by_name.id, marcus.id, None, None),
        (unknown.id, None, None, None),
        (guest.id, None, None, marcus.id),
    ]


def test_linking_one_system_leaves_the_others(ledger: System) -> None:
    make_person("Ann", mail="ann@example.com")
    elsewhere = make_account(make_system(), "a", mail="ann@example.com")
    assert link_accounts(ledger.id).holders == 0
    assert link_accounts(elsewhere.system_id).holders == 1


@pytest.mark.django_db
def test_links_are_worked_out_over_staged_rows(alice: User) -> None:
    staged = "(VALUES (1, NULL, 'alice.okafor@example.com', ''), (2, '', '', '')) "
    staged = f"(SELECT * FROM {staged} AS v (ref, employee_id, mail, name))"
    with connection.cursor() as cursor:
        cursor.execute(links_sql(staged) + " ORDER BY ref")
        assert cursor.fetchall() == [(1, alice.person_id, "mail"), (2, None, "none")]


def test_likely_holders_come_by_the_strength_of_the_sign(ledger: System) -> None:
    by_mail = make_person("Mona Field", mail="lena@example.com")
    by_login = make_person("Another", mail="lfischer@example.org")
    by_initial = make_person("Lukas Fischer", mail="lukas@example.com")
    make_person("Karl Fischer", mail="karl@example.com")
    make_person("Nobody Near", mail="near@example.com")
    lena = make_account(ledger, "lfischer", name="Lena Fischer", mail="LENA@example.com")
    blank = make_account(ledger, "", key="blank")
    found = likely_holders([lena, blank])
    assert [(each.person, each.because) for each in found[lena.pk]] == [
        (by_mail, "same mail"),
        (by_login, "mail begins with the username"),
        (by_initial, "initial and last name"),
    ]
    assert blank.pk not in found


def test_likely_holders_who_are_here_come_first(ledger: System) -> None:
    left = make_person("Kim Lee", mail="old@example.com", status=PersonStatus.LEFT)
    here = make_person("Kim Lee", mail="new@example.com")
    account = make_account(ledger, "k", name="Kim Lee")
    assert [each.person for each in likely_holders([account])[account.pk]] == [here, left]


def test_likely_holders_of_3_accounts_and_60_cost_the_same(
    ledger: System, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    make_person("Kim Lee")
    accounts = [make_account(ledger, f"kim{n}", name="Kim Lee") for n in range(60)]
    for some in (accounts[:3], accounts):
        with django_assert_num_queries(2):
            assert len(likely_holders(some)) == len(some)
