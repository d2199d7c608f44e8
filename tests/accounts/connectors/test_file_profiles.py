"""Exports that are known by their headers."""

from __future__ import annotations

import pytest

from accounts.connectors.base import ACCOUNT, PERSON
from accounts.connectors.file import open_file
from accounts.connectors.file_headers import guess_mapping, make_reader
from accounts.connectors.file_profiles import aws_secret_changed, find_profile
from accounts.connectors.values import ACCOUNT_TYPE_WORDS, STATUS_WORDS, fold
from tests.accounts.connectors.conftest import SaveFile

AWS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


def read(save: SaveFile, text: str) -> list[dict[str, str]]:
    table = open_file(save(text))
    found = guess_mapping(table.headers, ACCOUNT)
    assert found.problem == ""
    fields, reader = make_reader(table.headers, found.columns, ACCOUNT, profile=found.profile)
    return [dict(zip(fields, reader(cells), strict=True)) for _, cells in table.rows()]


def aws_row(
    user: str,
    password: tuple[str, str],
    first: tuple[str, str] = ("false", "N/A"),
    second: tuple[str, str] = ("false", "N/A"),
    cert: str = "false",
) -> str:
    return (
        f"{user},arn:aws:iam::123456789012:user/{user},2024-01-15T10:30:00+00:00,{password[0]},"
        f"{password[1]},N/A,N/A,true,{first[0]},N/A,{first[1]},N/A,N/A,{second[0]},N/A,"
        f"{second[1]},N/A,N/A,{cert},N/A,false,N/A"
    )


def aws(save: SaveFile, *rows: str) -> dict[str, dict[str, str]]:
    return {row["username"]: row for row in read(save, "\n".join([AWS, *rows, ""]))}


def test_aws_credential_report_is_recognised_and_mapped() -> None:
    found = guess_mapping(AWS.split(","), ACCOUNT)
    assert found.profile == "aws_credential_report"
    assert found.columns == {
        "account_id": "arn",
        "username": "user",
        "created": "user_creation_time",
        "last_interactive": "password_last_used",
        "mfa": "mfa_active",
    }
    assert found.derived == ("last_used", "secret_changed", "status", "account_type")


@pytest.mark.parametrize(
    ("password", "first_key", "second_key", "changed"),
    [
        (("true", "2026-03-01"), ("true", "2026-01-01"), ("false", "2025-01-01"), "2026-01-01"),
        (("true", "2026-03-01"), ("false", "2026-01-01"), ("true", "2026-02-01"), "2026-02-01"),
        (("true", "2026-03-01"), ("true", "N/A"), ("false", "N/A"), "2026-03-01"),
        (("not_supported", "not_supported"), ("false", "N/A"), ("", ""), ""),
        (("false", "N/A"), ("false", "2026-01-01"), ("false", "N/A"), ""),
    ],
)
def test_aws_secret_is_as_old_as_the_oldest_that_is_live(
    password: tuple[str, str],
    first_key: tuple[str, str],
    second_key: tuple[str, str],
    changed: str,
) -> None:
    live, times = zip(password, first_key, second_key, strict=True)
    assert aws_secret_changed(times[0], times[1], *live, times[2]) == changed


def test_aws_last_use_is_the_latest_of_password_and_keys(save: SaveFile) -> None:
    found = aws(
        save,
        aws_row(
            "amy",
            ("true", "2026-03-01T08:15:00+00:00"),
            ("true", "2026-05-02T09:00:00+00:00"),
            ("false", "2025-01-01T00:00:00+00:00"),
        ),
        aws_row("kif", ("true", "2026-06-01T08:15:00+00:00"), ("true", "N/A")),
    )
    assert found["amy"]["last_used"] == "2026-05-02T09:00:00+00:00"
    assert found["kif"]["last_used"] == "2026-06-01T08:15:00+00:00"


@pytest.mark.parametrize(
    ("password", "key", "last_used"),
    [
        (("true", "no_information"), ("false", "N/A"), "unknown"),
        (("false", "N/A"), ("true", "N/A"), "unknown"),
        (("false", "N/A"), ("false", "N/A"), "not_available"),
        (("not_supported", "not_supported"), ("false", "N/A"), "not_available"),
        (("true", "yesterday"), ("false", "N/A"), "yesterday"),
    ],
)
def test_aws_has_three_different_non_dates(
    save: SaveFile, password: tuple[str, str], key: tuple[str, str], last_used: str
) -> None:
    """None of them is "never"; a word that AWS does not have is left for the import to reject."""
    assert aws(save, aws_row("amy", password, key))["amy"]["last_used"] == last_used


@pytest.mark.parametrize(
    ("password", "key", "cert", "status"),
    [
        ("true", "false", "false", "active"),
        ("false", "true", "false", "active"),
        ("false", "false", "true", "active"),
        ("false", "false", "false", "unknown"),
    ],
)
def test_aws_user_is_live_while_a_credential_is(
    save: SaveFile, password: str, key: str, cert: str, status: str
) -> None:
    row = aws(save, aws_row("amy", (password, "N/A"), (key, "N/A"), cert=cert))["amy"]
    assert STATUS_WORDS[fold(row["status"])] == status


@pytest.mark.parametrize(
    ("user", "password", "key", "kind"),
    [
        ("<root_account>", "not_supported", "false", "emergency"),
        ("deploy", "false", "true", "service"),
        ("amy", "true", "true", "unclassified"),
        ("amy", "true", "false", "unclassified"),
        ("amy", "false", "false", "unclassified"),
    ],
)
def test_aws_types_come_from_credentials_and_never_default_to_personal(
    save: SaveFile, user: str, password: str, key: str, kind: str
) -> None:
    row = aws(save, aws_row(user, (password, "N/A"), (key, "N/A")))[user]
    assert ACCOUNT_TYPE_WORDS[fold(row["account_type"])] == kind


def test_aws_root_is_live(save: SaveFile) -> None:
    row = aws(save, aws_row("<root_account>", ("not_supported", "no_information")))
    assert row["<root_account>"]["status"] == "active"


def test_github_members_are_mapped(save: SaveFile) -> None:
    text = (
        "login,name,tfa_enabled,is_public,role,last_active,saml_name_id\n"
        "amy-w,Amy Wong,true,false,Owner,2026-03-01 10:00:00 UTC,amy@example.com\n"
        "kif,,false,true,Member,,x8f-opaque\n"
        "zapp,,true,true,Outside collaborator,,\n"
    )
    assert read(save, text) == [
        {
            "username": "amy-w",
            "name": "Amy Wong",
            "last_used": "2026-03-01 10:00:00 UTC",
            "mfa": "true",
            "entitlement": "Owner",
            "mail": "amy@example.com",
            "privileged": "yes",
            "account_type": "",
        },
        {
            "username": "kif",
            "name": "",
            "last_used": "",
            "mfa": "false",
            "entitlement": "Member",
            "mail": "",
            "privileged": "",
            "account_type": "",
        },
        {
            "username": "zapp",
            "name": "",
            "last_used": "",
            "mfa": "true",
            "entitlement": "Outside collaborator",
            "mail": "",
            "privileged": "",
            "account_type": "Outside collaborator",
        },
    ]
    assert ACCOUNT_TYPE_WORDS["outside collaborator"] == "temporary"


def test_okta_users_are_mapped(save: SaveFile) -> None:
    text = (
        "id,status,created,activated,lastLogin,login,email,firstName,lastName,employeeNumber\n"
        "00u1,DEPROVISIONED,2024-01-01T00:00:00.000Z,,2026-03-01T10:00:00.000Z,amy@example.com,"
        "amy@example.com,Amy,Wong,0042\n"
    )
    assert read(save, text) == [
        {
            "account_id": "00u1",
            "username": "amy@example.com",
            "mail": "amy@example.com",
            "status": "DEPROVISIONED",
            "created": "2024-01-01T00:00:00.000Z",
            "last_used": "2026-03-01T10:00:00.000Z",
            "employee_id": "0042",
            "name": "Amy Wong",
        }
    ]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("ACTIVE", "active"),
        ("PASSWORD_EXPIRED", "active"),
        ("LOCKED_OUT", "active"),
        ("RECOVERY", "active"),
        ("PROVISIONED", "active"),
        ("STAGED", "disabled"),
        ("SUSPENDED", "disabled"),
        ("DEPROVISIONED", "disabled"),
    ],
)
def test_all_statuses_of_okta_are_known(word: str, status: str) -> None:
    assert STATUS_WORDS[fold(word)] == status


def test_okta_assignments_are_mapped_without_their_last_login(save: SaveFile) -> None:
    """It is the last sign-in to that one application, not the account's last use."""
    text = (
        "User,Login,Application name,Application instance,Application login,Assigned on,"
        "Last login\n"
        "Amy Wong,amy@example.com,Salesforce,Salesforce EU,awong,2025-01-01,2026-03-01\n"
    )
    assert read(save, text) == [
        {
            "username": "amy@example.com",
            "name": "Amy Wong",
            "entitlement": "Salesforce EU",
            "granted": "2025-01-01",
        }
    ]


def test_profiles_are_for_accounts_only() -> None:
    assert find_profile(AWS.split(","), PERSON).name == ""


def test_own_columns_beside_a_profile_are_used() -> None:
    found = guess_mapping([*AWS.split(","), "owner", "purpose"], ACCOUNT)
    assert (found.columns["owner"], found.columns["purpose"]) == ("owner", "purpose")
