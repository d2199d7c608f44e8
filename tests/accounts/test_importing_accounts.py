"""Accounts, rights and grants from a file: what is taken, what is rejected, what changes."""

from datetime import UTC, date, datetime

import pytest

from accounts.enums import AccountStatus, AccountType, Answer, LastUse, LinkMethod, RunState
from accounts.models import Account, Entitlement, Grant, RejectedRow
from tests.accounts.imports import counts, import_accounts
from tests.cast import make_person, make_team

pytestmark = pytest.mark.django_db

HEADERS = "account_id,username,mail,status,last_used,mfa,entitlement,privileged,granted\n"
FILE = HEADERS + (
    "a1,ada,ada@example.com,Active,2026-10-01T10:00:00Z,yes,admin,yes,2025-01-31\n"
    "a1,ada,ada@example.com,Active,2026-10-01T10:00:00Z,yes,user,no,2025-01-31\n"
    "a2,ben,,disabled,never,,user,no,\n"
    "a3,svc-x,,Aktiv,,,,,\n"
)


def test_first_import_brings_accounts_rights_and_grants(noon: datetime) -> None:
    ada = make_person("Ada", mail="Ada@Example.com")
    run = import_accounts(FILE)
    assert (run.state, counts(run)) == (
        RunState.COMPLETE,
        {
            "rows_read": 4,
            "imported": 4,
            "rejected": 0,
            "created": 4,
            "updated": 0,
            "unchanged": 0,
            "vanished": 0,
        },
    )
    facts = ["key", "person", "link_method", "type", "status", "last_use", "last_used", "mfa"]
    assert list(Account.objects.order_by("key").values_list(*facts)) == [
        (
            "a1",
            ada.pk,
            LinkMethod.MAIL,
            AccountType.PERSONAL,
            AccountStatus.ACTIVE,
            LastUse.KNOWN,
            datetime(2026, 10, 1, 10, tzinfo=UTC),
            Answer.YES,
        ),
        (
            "a2",
            None,
            LinkMethod.NONE,
            AccountType.UNCLASSIFIED,
            AccountStatus.DISABLED,
            LastUse.NEVER,
            None,
            Answer.UNKNOWN,
        ),
        (
            "a3",
            None,
            LinkMethod.NONE,
            AccountType.SERVICE,
            AccountStatus.UNKNOWN,
            LastUse.UNKNOWN,
            None,
            Answer.UNKNOWN,
        ),
    ]
    assert list(Entitlement.objects.order_by("key").values_list("key", "source_privileged")) == [
        ("admin", Answer.YES),
        ("user", Answer.NO),
    ]
    granted = Grant.objects.order_by("account__key", "entitlement__key")
    january = datetime(2025, 1, 31, tzinfo=UTC)
    assert list(granted.values_list("account__key", "entitlement__key", "granted")) == [
        ("a1", "admin", january),
        ("a1", "user", january),
        ("a2", "user", None),
    ]
    assert Account.objects.get(key="a3").raw_status == "Aktiv"


def test_same_file_again_changes_nothing(noon: datetime) -> None:
    first = import_accounts(FILE)
    again = import_accounts(FILE)
    assert (again.created, again.updated, again.unchanged, again.vanished) == (0, 0, 4, 0)
    assert set(Grant.objects.values_list("first_seen_run", flat=True)) == {first.pk}


def test_changes_are_counted_by_row(noon: datetime) -> None:
    import_accounts(FILE)
    changed = FILE.replace("a2,ben,,disabled", "a2,ben,,active").replace(
        "a1,ada,ada@example.com,Active,2026-10-01T10:00:00Z,yes,user,no,2025-01-31\n",
        "a4,new,,active,,,user,no,\n",
    )
    run = import_accounts(changed)
    assert (run.created, run.updated, run.unchanged, run.vanished) == (1, 1, 2, 1)
    gone = Grant.objects.get(gone_run=run)
    assert (gone.account.key, gone.entitlement.key, gone.gone_at) == ("a1", "user", noon)


def test_grant_that_comes_back_is_the_same_grant(noon: datetime) -> None:
    import_accounts(FILE)
    first = Grant.objects.get(account__key="a1", entitlement__key="user")
    import_accounts(FILE.replace(FILE.splitlines(keepends=True)[2], ""))
    back = import_accounts(FILE)
    assert (back.created, back.unchanged) == (1, 3)
    found = Grant.objects.get(account__key="a1", entitlement__key="user")
    assert (found.pk, found.gone_at, found.gone_run) == (first.pk, None, None)


def test_identical_rows_are_rejected_once_taken(noon: datetime) -> None:
    run = import_accounts(FILE + FILE.splitlines()[1] + "\n")
    assert (run.rows_read, run.imported, run.rejected) == (5, 4, 1)
    row = RejectedRow.objects.get()
    assert (row.row_number, row.reason) == (6, "It says the same as row 2.")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            "a1,ada,ada@example.com,Active,2026-10-01T10:00:00Z,yes,user,no,2025-02-01\n",
            "Rows with one account and one right say different things of it: rows 3 and 6",
        ),
        (
            "a1,ada,ada@example.com,disabled,2026-10-01T10:00:00Z,yes,third,no,2025-02-01\n",
            "Rows of one account disagree on what describes the account itself: status of “a1”",
        ),
    ],
)
def test_rows_that_disagree_reject_the_whole_run(noon: datetime, row: str, sentence: str) -> None:
    run = import_accounts(FILE + row)
    assert run.state == RunState.FAILED
    assert run.error.startswith(sentence)
    assert Account.objects.count() == 0


def test_blank_says_nothing_against_another_row_of_the_account(noon: datetime) -> None:
    run = import_accounts(FILE + "a1,,,,,,third,no,\n")
    assert (run.state, run.imported) == (RunState.COMPLETE, 5)
    assert Account.objects.get(key="a1").username == "ada"


def test_rejected_row_is_not_read_as_gone(noon: datetime) -> None:
    import_accounts(FILE)
    run = import_accounts(FILE.replace("2025-01-31", "2025-31-31"))
    assert (run.rejected, run.vanished, run.state) == (2, 0, RunState.COMPLETE)
    assert Grant.objects.filter(account__key="a1", gone_at=None).count() == 2


def test_row_without_a_key_is_rejected_and_proves_nothing(noon: datetime) -> None:
    run = import_accounts(FILE + ",,x@example.com,,,,user,,\n", exported_at=noon)
    assert (run.rejected, run.proves_until) == (1, None)
    assert RejectedRow.objects.get().reason == "The row has no account_id and no username."


def test_ragged_row_is_rejected(noon: datetime) -> None:
    run = import_accounts(FILE + "a9,x\n")
    row = RejectedRow.objects.get()
    assert (run.rows_read, run.rejected, row.row_number) == (5, 1, 6)
    assert row.fields == {"account_id": "a9", "username": "x"}


def test_owner_sponsor_and_expiry_are_resolved(noon: datetime) -> None:
    boss, team = make_person("Bob", mail="bob@example.com"), make_team("Platform")
    import_accounts(
        "username,owner,sponsor,expires,purpose\n"
        "svc-a,platform,,,Backups\n"
        "tmp-b,bob@example.com,BOB@example.com,31.12.2026,\n"
    )
    a, b = Account.objects.order_by("key")
    assert (a.owner_team, a.owner_person, a.purpose, a.type) == (team, None, "Backups", "service")
    assert (b.owner_person, b.sponsor, b.expires) == (boss, boss, date(2026, 12, 31))
    assert b.type == AccountType.TEMPORARY


def test_correction_by_a_person_outlives_the_import(noon: datetime) -> None:
    import_accounts(FILE)
    Account.objects.filter(key="a2").update(
        type=AccountType.EMERGENCY, purpose="Break glass", corrected={"type": "", "purpose": ""}
    )
    import_accounts(FILE.replace("a2,ben,,disabled", "a2,ben,,active"))
    account = Account.objects.get(key="a2")
    assert (account.type, account.purpose, account.status) == (
        AccountType.EMERGENCY,
        "Break glass",
        AccountStatus.ACTIVE,
    )


def test_users_in_one_file_and_rights_in_another_make_one_run(noon: datetime) -> None:
    run = import_accounts(
        "account_id,username,mail\n1,ann,ann@example.com\n2,ben,ben@example.com\n",
        "username,role\nann,admin\nann,user\n",
    )
    assert (run.rows_read, run.imported, run.created) == (4, 4, 4)
    held = Grant.objects.order_by("entitlement__key")
    assert list(held.values_list("account__key", "entitlement__key")) == [
        ("1", "admin"),
        ("1", "user"),
    ]


def test_several_rights_in_a_cell(noon: datetime) -> None:
    text = "username,roles\nann,admin; user\nben,user\ncy,\n"
    run = import_accounts(text, options={"separator": ";"})
    assert (run.imported, run.created, Grant.objects.count()) == (3, 3, 3)
    run = import_accounts("username,roles\nann,admin\nben,user; new\ncy,\n")
    assert (run.updated, run.unchanged, run.vanished) == (1, 2, 1)


SECRETS = "account_id,last_interactive,secret_changed\n"


def test_what_a_source_tells_of_screens_and_secrets(noon: datetime) -> None:
    run = import_accounts(
        SECRETS
        + "a1,2026-10-01T10:00:00Z,2026-03-01\n"
        + "a2,no_information,N/A\n"
        + "a3,1970-01-01T00:00:00Z,never rotated\n"
        + "a4,2026-10-01T10:00:00Z,2026-13-45\n"
    )
    assert (run.imported, run.rejected) == (3, 1)
    assert RejectedRow.objects.get().reason == "secret_changed is no date: “2026-13-45”."
    told = ["key", "last_interactive", "secret_changed"]
    assert list(Account.objects.order_by("key").values_list(*told)) == [
        ("a1", datetime(2026, 10, 1, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        ("a2", None, None),
        ("a3", None, None),
    ]


def test_a_secret_that_was_changed_is_an_update(noon: datetime) -> None:
    import_accounts(SECRETS + "a1,,2026-03-01\na2,,2026-03-01\n")
    run = import_accounts(SECRETS + "a1,,2026-09-01\na2,,2026-03-01\n")
    assert (run.updated, run.unchanged) == (1, 1)
    assert Account.objects.get(key="a1").secret_changed == datetime(2026, 9, 1, tzinfo=UTC)
