"""Headers map themselves where it is clear; what is not is said."""

from __future__ import annotations

import pytest

from accounts.connectors.base import (
    ACCOUNT,
    PERSON,
    RecordShape,
    SchemaDrift,
    WrongConfiguration,
)
from accounts.connectors.file_headers import guess_mapping, make_reader


@pytest.mark.parametrize("shape", [ACCOUNT, PERSON])
@pytest.mark.parametrize("spelling", [str, str.upper, lambda name: name.replace("_", " ").title()])
def test_our_own_names_map_themselves(shape: RecordShape, spelling: type[str]) -> None:
    headers = [spelling(name) for name in reversed(shape.fields)]
    found = guess_mapping(headers, shape)
    assert found.columns == {name: spelling(name) for name in shape.fields}
    assert (found.unknown, found.missing, found.problem) == ((), (), "")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-Mail", "mail"),
        ("email address", "mail"),
        ("sAMAccountName", "username"),
        ("Last-Login", "last_used"),
        ("lastSignInDateTime", "last_used"),
        ("Last interactive sign-in", "last_interactive"),
        ("2FA enabled", "mfa"),
        ("Password last set", "secret_changed"),
        ("Role", "entitlement"),
        ("Display Name", "name"),
        ("Valid until", "expires"),
        ("Ticket", "request_reference"),
    ],
)
def test_usual_headers_of_accounts_are_known(header: str, field: str) -> None:
    found = guess_mapping(["account_id", header], ACCOUNT)
    assert found.columns == {"account_id": "account_id", field: header}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Hire Date", "start"),
        ("Last day of work", "end"),
        ("Job Title", "title"),
        ("Dept", "department"),
        ("Supervisor", "manager"),
        ("Employment type", "worker_type"),
    ],
)
def test_usual_headers_of_people_are_known(header: str, field: str) -> None:
    found = guess_mapping(["employee_id", "name", header], PERSON)
    assert found.columns[field] == header


def test_managers_id_is_preferred_to_the_name() -> None:
    headers = ["Employee ID", "Name", "Manager", "Manager ID"]
    found = guess_mapping(headers, PERSON)
    assert (found.columns["manager"], found.unknown) == ("Manager ID", ("Manager",))


def test_each_column_is_used_once() -> None:
    found = guess_mapping(["user", "id"], ACCOUNT)
    assert found.columns == {"account_id": "id", "username": "user"}
    assert guess_mapping(["User", "user name"], ACCOUNT).columns == {"username": "user name"}


def test_unknown_headers_are_listed() -> None:
    found = guess_mapping(["username", "Cost centre", "Shoe size"], ACCOUNT)
    assert found.unknown == ("Cost centre", "Shoe size")


def test_missing_required_fields_are_said() -> None:
    assert guess_mapping(["role"], ACCOUNT).problem == (
        "No column was found for account_id or username. Say which column holds it."
    )
    assert guess_mapping(["title"], PERSON).missing == (("employee_id", "mail"), ("name",))


def test_what_a_person_chose_stands() -> None:
    headers = ["username", "role", "group"]
    found = guess_mapping(headers, ACCOUNT, chosen={"entitlement": "group", "name": "username"})
    assert found.columns == {"name": "username", "entitlement": "group"}
    assert found.unknown == ("role",)
    assert found.problem


def test_choosing_an_unknown_field_names_the_fields() -> None:
    with pytest.raises(WrongConfiguration, match="no field “salary”"):
        guess_mapping(["username"], ACCOUNT, chosen={"salary": "username"})


def test_first_and_last_name_make_a_name() -> None:
    headers = ["Employee ID", "Last name", "First name"]
    found = guess_mapping(headers, PERSON)
    assert (found.derived, found.unknown, found.missing) == (("name",), (), ())
    fields, read = make_reader(headers, found.columns, PERSON)
    assert dict(zip(fields, read(["7", "Fry", " Philip"]), strict=True)) == {
        "employee_id": "7",
        "name": "Philip Fry",
    }


def test_whole_name_is_preferred_to_its_parts() -> None:
    found = guess_mapping(["id", "name", "first name", "last name"], PERSON)
    assert (found.columns["name"], found.derived) == ("name", ())


def test_reader_gives_the_fields_in_its_own_order() -> None:
    headers = ["role", "x", "username"]
    fields, read = make_reader(headers, {"username": "username", "entitlement": "role"}, ACCOUNT)
    assert (fields, list(read(["Reader", "-", "alice"]))) == (
        ["username", "entitlement"],
        ["alice", "Reader"],
    )


def test_reader_of_one_field_gives_a_row_of_one() -> None:
    fields, read = make_reader(["x", "username"], {"username": "username"}, ACCOUNT)
    assert (fields, read(["-", "alice"])) == (["username"], ["alice"])


def test_mapped_column_that_is_gone_is_schema_drift() -> None:
    with pytest.raises(SchemaDrift, match="“Last login”, mapped to last_used, is not in this file"):
        make_reader(["username"], {"username": "username", "last_used": "Last login"}, ACCOUNT)
