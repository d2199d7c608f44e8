"""What a person is shown of files before anything is read from them."""

import pytest

from accounts.connectors.base import ACCOUNT, AskEncoding
from accounts.importing.looking import Look, look_at
from accounts.importing.uploads import folder


def look(
    *texts: str | bytes,
    options: dict[str, str] | None = None,
    wanted: dict[str, str] | None = None,
) -> Look:
    paths = []
    for number, text in enumerate(texts):
        path = folder() / f"looked-at-{number}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path.name)
    return look_at(paths, ACCOUNT, options=options or {}, wanted=wanted or {})


def test_columns_come_with_their_first_five_cells_and_what_they_are_taken_for() -> None:
    rows = "".join(f"kim{n},r{n};s{n},{n}\n" for n in range(9))
    found = look(f"Login name,Role,Floor\n{rows}")
    assert [(each.header, each.field) for each in found.columns] == [
        ("Login name", "username"),
        ("Role", "entitlement"),
        ("Floor", ""),
    ]
    assert found.columns[0].cells == ["kim0", "kim1", "kim2", "kim3", "kim4"]
    assert found.guessed == {"username": "Login name", "entitlement": "Role"}
    assert (found.separator, found.profile) == (";", "")


def test_what_was_wanted_stands_and_what_was_left_out_stays_out() -> None:
    text = "login,type,role\nkim,x,reader\n"
    found = look(text, wanted={"purpose": "type", "entitlement": ""})
    assert [each.field for each in found.columns] == ["username", "purpose", ""]
    # What the headers say by themselves is told apart from what is wanted.
    assert found.guessed["entitlement"] == "role"
    # A column that was wanted and is not in this file says nothing.
    assert look(text, wanted={"username": "user"}).columns[0].field == "username"


def test_dates_that_can_be_read_in_two_ways_are_seen() -> None:
    found = look("username,created,last login\nkim,03/04/2026,13/04/2026\n")
    assert [each.order for each in found.columns] == ["iso", "ambiguous", "dmy"]


def test_several_files_are_looked_at_together() -> None:
    found = look("id,username\n1,kim\n", "id,role\n1,reader\n")
    assert [(each.header, each.field) for each in found.columns] == [
        ("id", "account_id"),
        ("username", "username"),
        ("role", "entitlement"),
    ]


def test_a_known_export_is_named_with_what_its_columns_give_together() -> None:
    found = look("login,role,tfa_enabled,saml_name_id\nkim,admin,true,kim@example.com\n")
    assert found.profile == "GitHub members of an organisation"
    assert found.derived == ["mail", "privileged", "account_type"]
    assert found.columns[3].part_of == ("mail",)


def test_bytes_that_do_not_tell_their_encoding_are_asked_about() -> None:
    text = "username,name\nkim,Jürgen\n".encode("cp1252")
    with pytest.raises(AskEncoding):
        look(text)
    assert look(text, options={"encoding": "cp1252"}).columns[1].cells == ["Jürgen"]
