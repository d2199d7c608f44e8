"""The contract's own arithmetic, and the register of connectors."""

from __future__ import annotations

import pytest

from accounts.connectors.base import ACCOUNT, PERSON, Completeness
from accounts.connectors.registry import CONNECTORS


@pytest.mark.parametrize(
    ("counts", "adds_up", "proof"),
    [
        (
            Completeness(read=150, imported=148, rejected=2),
            True,
            "complete as to the file, not proved against the source",
        ),
        (
            Completeness(read=150, imported=148, rejected=2, source_count=150),
            True,
            "complete: the source counts 150 and 150 were read",
        ),
        (
            Completeness(read=150, imported=150, rejected=0, source_count=707),
            False,
            "incomplete: the source counts 707 and 150 were read",
        ),
        (
            Completeness(read=150, imported=148, rejected=1),
            False,
            "complete as to the file, not proved against the source",
        ),
    ],
)
def test_completeness_is_arithmetic(counts: Completeness, adds_up: bool, proof: str) -> None:
    assert (counts.adds_up, counts.proof) == (adds_up, proof)


def test_connectors_are_registered_under_their_kind() -> None:
    assert {kind: one.kind for kind, one in CONNECTORS.items()} == {"file": "file"}


def test_required_fields_and_dates_are_fields() -> None:
    for shape in (ACCOUNT, PERSON):
        assert {name for group in shape.required for name in group} <= set(shape.fields)
        assert set(shape.dates) <= set(shape.fields)
