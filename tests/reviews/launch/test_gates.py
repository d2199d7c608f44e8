"""The launch gate goes by the policy of the campaign."""

from datetime import timedelta
from typing import Any

import pytest

import clock
from accounts.models import Source, System, User
from reviews.launch.gates import GateClosed
from tests.accounts.policies import in_force
from tests.cast import make_run
from tests.reviews.world import holding, open_campaign, report_of, right

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def closed(sam: User) -> list[str]:
    try:
        open_campaign(sam)
    except GateClosed as refusal:
        return [gate.sentence for gate in refusal.gates]
    return []


@pytest.fixture(autouse=True)
def population(alice: User, ledger: System) -> None:
    holding(ledger, report_of(alice, "Tom Eriksen"), right(ledger, "read"))


@pytest.mark.parametrize(
    ("connector", "changed", "days"),
    [("file", {}, 7), ("file", {"stale_file": 14}, 14), ("github", {"stale_connector": 4}, 4)],
)
def test_a_source_may_be_as_old_as_the_policy_says(
    sam: User, ledger: System, connector: str, changed: dict[str, Any], days: int
) -> None:
    if changed:
        in_force(sam, **changed)
    Source.objects.filter(system=ledger).update(connector=connector)
    make_run(ledger, read_at=clock.now() - timedelta(days=days + 1))
    assert closed(sam) == [
        f"Ledger was last read {days + 1} days ago; at most {days} are allowed. Import it again."
    ]
    make_run(ledger, read_at=clock.now() - timedelta(days=days))
    assert closed(sam) == []


def test_a_source_may_grow_by_as_much_as_the_policy_says(sam: User, ledger: System) -> None:
    in_force(sam, grown_share=50)
    make_run(ledger, unchanged=100, created=51)
    assert closed(sam) == [
        "Ledger grew by 51 rows on 100 in its last import. Make sure that this is right."
    ]
    make_run(ledger, unchanged=100, created=50)
    assert closed(sam) == []
