"""Signed notes: the form of C2SP, and every way to forge one."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import ed25519, notes
from audit.notes import BadNote, Statement

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
STATEMENT = Statement("portx-access/ab/system", 3, bytes(range(32)), "2026-10-05T08:00:00.000000Z")
NOTE = notes.signed_note(STATEMENT, PUBLIC, KEY.sign)


def opened(note: str, *publics: bytes) -> Statement:
    return notes.opened(note, publics or (PUBLIC,), ed25519.verify)


def test_note_has_the_form_of_the_specification() -> None:
    text, _, signature = NOTE.partition("\n\n")
    assert text.split("\n") == [
        "portx-access/ab/system",
        "3",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "at 2026-10-05T08:00:00.000000Z",
    ]
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    assert (dash, name) == ("\u2014", "portx-access/ab/system")
    assert len(base64.b64decode(encoded)) == 4 + 64


def test_opened_note_says_what_was_signed() -> None:
    assert opened(NOTE) == STATEMENT


def test_opened_note_may_bear_signatures_of_others() -> None:
    witness = base64.b64encode(bytes(68)).decode()
    assert opened(f"{NOTE}\u2014 witness.example {witness}\n") == STATEMENT


def test_opened_note_is_signed_by_any_of_our_keys() -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert opened(NOTE, other, PUBLIC) == STATEMENT


@pytest.mark.parametrize(
    "forged",
    [
        NOTE.replace("\n3\n", "\n4\n"),
        NOTE.replace("AAEC", "AAED"),
        NOTE.replace("08:00", "09:00"),
        NOTE.replace("/system", "/campaign:1"),
        NOTE.replace("\n3\n", "\n03\n"),
        NOTE.replace("\n\n", "\nmore\n\n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.removesuffix("\n"),
        NOTE.partition("\n\n")[0] + "\n\n",
        NOTE.replace("\u2014", "-"),
        NOTE[:-6] + "\n",
        "",
    ],
)
def test_opened_refuses_a_forged_note(forged: str) -> None:
    assert forged != NOTE
    with pytest.raises(BadNote):
        opened(forged)


def test_opened_refuses_the_note_of_a_stranger() -> None:
    stranger = Ed25519PrivateKey.generate()
    public = stranger.public_key().public_bytes_raw()
    note = notes.signed_note(STATEMENT, public, stranger.sign)
    with pytest.raises(BadNote, match="None of the known keys"):
        opened(note)


def test_opened_refuses_a_signature_by_another_key_under_our_name() -> None:
    stranger = Ed25519PrivateKey.generate()
    with pytest.raises(BadNote, match="does not fit"):
        opened(notes.signed_note(STATEMENT, PUBLIC, stranger.sign))
