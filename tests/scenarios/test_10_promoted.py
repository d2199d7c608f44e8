"""10. Promoted since the last review is must look, with the change said, and outside bulk."""

from datetime import timedelta

import pytest

import clock
from accounts.models import User
from audit.errors import NotAllowed
from reviews.actions.deciding import decide
from reviews.enums import Choice, Lane, Outcome
from reviews.models import Campaign, Decision
from tests.cast import NOON, acting
from tests.commands.running import run_well
from tests.reviews.world import sheet_of
from tests.scenarios.company import Office, item_of, keep_the_rest, pick

pytestmark = pytest.mark.django_db

HEADER = "username,mail,entitlement,privileged,last_used"
JANUARY = NOON + timedelta(days=92)


NAMES = ("tom", "lena", "mei", "ida", "gus", "hal")
MORE = tuple(f"{n},{n},{n}@example.com,,,employee,active,,1" for n in NAMES[3:])


def rows(*, tom: str) -> list[str]:
    rights = {"tom": tom}
    return [
        f"{name},{name}@example.com,{right},{'yes' if right == 'admin' else 'no'},2026-12-30"
        for name in NAMES
        for right in [rights.get(name, "read")]
    ]


@pytest.fixture
def campaign(office: Office, alice: User, owner: User, sam: User) -> Campaign:
    """Both were kept in the fourth quarter; since then Tom's right has become admin."""
    office.staff(*MORE)
    office.accounts("Ledger", *rows(tom="read"), header=HEADER)
    first = office.open()
    keep_the_rest(alice, first)
    run_well("close_campaign", first.pk)
    with clock.set_to(JANUARY):
        office.accounts("Ledger", *rows(tom="admin"), header=HEADER)
        opened = run_well("open_campaign", "--quarter", "2027-Q1")
        return Campaign.objects.get(pk=opened["id"])


def test_it_must_be_looked_at_and_the_change_is_said(campaign: Campaign) -> None:
    tom, lena = item_of(campaign, "tom"), item_of(campaign, "lena")
    assert (tom.lane, tom.privileged, tom.needs_second) == (Lane.MUST_LOOK, True, True)
    assert tom.changes == [{"field": "right", "was": "read", "now": "admin"}]
    raised = [i["value"] for i in tom.insights if i["rule"] == "S8"]
    assert raised == [{"what": "raised"}]
    assert (lena.lane, lena.changes) == (Lane.UNCHANGED, [])


def test_it_is_outside_bulk(campaign: Campaign, alice: User) -> None:
    sheet, tom, lena = (
        sheet_of(campaign, alice),
        item_of(campaign, "tom"),
        item_of(campaign, "lena"),
    )
    with (
        clock.set_to(JANUARY),
        pytest.raises(NotAllowed, match="What must be looked at is decided one by one"),
    ):
        decide(
            sheet,
            actor=acting(alice),
            picks=[pick(tom), pick(lena)],
            choice=Choice.CERTIFY,
            reason="Fine",
        )
    tom.refresh_from_db()
    lena.refresh_from_db()
    assert (tom.outcome, lena.outcome) == (Outcome.OPEN, Outcome.OPEN)
    assert Decision.objects.filter(item__campaign=campaign).count() == 0


def test_the_others_of_one_lane_go_in_bulk(campaign: Campaign, alice: User) -> None:
    with clock.set_to(JANUARY):
        verdict = decide(
            sheet_of(campaign, alice),
            actor=acting(alice),
            picks=[pick(item_of(campaign, "lena")), pick(item_of(campaign, "mei"))],
            choice=Choice.CERTIFY,
        )
    assert len(verdict.decided) == 2
