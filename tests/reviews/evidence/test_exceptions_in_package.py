"""Exceptions and what is asked again, in a package: listed, and still one that verifies."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

import clock
from accounts.enums import AccountType
from accounts.models import System, User
from reviews.actions.closing import close_campaign, seal_close
from reviews.actions.deciding import Pick, decide
from reviews.actions.evidence import Built, build_package
from reviews.actions.excepting import ask_exception, grant_exception, refuse_exception
from reviews.actions.signing import give_receipt, sign_off
from reviews.actions.timing import CLOCK, keep_time
from reviews.enums import Choice
from reviews.evidence import checks
from reviews.models import Campaign, ReviewItem, Revocation
from tests.cast import NOON, acting, person_of
from tests.reviews.evidence.test_package import rewritten, verify
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of
from tests.scenarios.company import Package

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]
END = date(2026, 11, 30)


@pytest.fixture
def closed(sam: User, alice: User, ledger: System) -> Campaign:
    """A contractor without an end date, kept by the second of two exceptions; signed and closed."""
    priya = report_of(alice, "Priya Natarajan")
    read = right(ledger, "read")
    holding(ledger, priya, read, type=AccountType.TEMPORARY, sponsor=person_of(alice))
    campaign = open_campaign(sam)
    item = ReviewItem.objects.get()
    for answer, because in ((refuse_exception, "Say more"), (grant_exception, "Fine")):
        asked = ask_exception(
            item, actor=acting(alice), reason="Project", control="Watched", ends_on=END
        )
        answer(asked, actor=acting(sam), because=because)
    decide(
        item.review,
        actor=acting(alice),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.CERTIFY_UNTIL,
        reason="By exception",
        until=END,
    )
    sheet = sign_off(sheet_of(campaign, alice), actor=acting(alice), method="password")
    give_receipt(sheet, actor=CLOCK)
    closed = close_campaign(campaign, actor=acting(sam))
    seal_close(closed)
    return closed


def build(campaign: Campaign, path: Path, carol: User, at: datetime) -> Built:
    with clock.set_to(at):
        return build_package(campaign, path, actor=acting(carol))


def test_exceptions_are_listed_and_the_package_verifies(
    closed: Campaign, carol: User, tmp_path: Path
) -> None:
    built = build(closed, tmp_path / "final.zip", carol, NOON)
    status, words = verify(built.path)
    assert (status, built.interim) == (checks.VALID, False), words
    assert Package(built.path).cells(
        "exceptions.csv", "state", "rules", "compensating_control", "decided_by", "ends_on"
    ) == [
        ("refused", '["S12"]', "Watched", "Sam Ito", "2026-11-30"),
        ("granted", '["S12"]', "Watched", "Sam Ito", "2026-11-30"),
    ]


def test_an_exception_that_no_event_granted_is_found(
    closed: Campaign, carol: User, tmp_path: Path
) -> None:
    built = build(closed, tmp_path / "final.zip", carol, NOON)
    forged = rewritten(
        built.path, "exceptions.csv", lambda text: text.replace("refused", "granted")
    )
    assert verify(forged)[0] == checks.TAMPERED


def test_what_lapses_after_the_close_leaves_the_package_final_and_valid(
    closed: Campaign, carol: User, tmp_path: Path
) -> None:
    for days in (56, 59):
        with clock.set_to(NOON + timedelta(days=days)):
            keep_time()
    order = Revocation.objects.get()
    built = build(closed, tmp_path / "later.zip", carol, NOON + timedelta(days=60))
    status, words = verify(built.path)
    assert (status, built.interim, order.campaign) == (checks.VALID, False, None), words
    package = Package(built.path)
    assert package.cells("exceptions.csv", "state") == [("refused",), ("ended",)]
    assert package.cells("rechecks.csv", "state", "asked", "due_on", "revocation_state") == [
        ("lapsed", "Alice Okafor", "2026-11-30", "open")
    ]
    assert package.cells("revocations.csv", "revocation") == []
