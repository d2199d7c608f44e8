"""3. 10,010 and 100,000 items. Counts, close, reminders and export agree to the last item; memory
is flat.

SCENARIO_ITEMS=100000 runs the larger size; that memory stays flat is what `make bench` shows.
"""

import os
import re
from collections import Counter
from datetime import timedelta

import pytest

import clock
from accounts.models import User
from audit.models import Event
from jobs.models import Message
from reviews.actions.deciding import Pick, decide
from reviews.actions.timing import keep_time
from reviews.enums import Choice
from reviews.models import Campaign, Review, ReviewItem
from reviews.queries import count_undecided
from tests.cast import acting
from tests.commands.running import run, run_well
from tests.scenarios.company import Office, sign

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = int(os.environ.get("SCENARIO_ITEMS", "10010"))
A_REPORT = 10
MANAGERS = 7


def sizes(messages: str) -> list[int]:
    """The numbers of items that messages about an occasion name in their subjects."""
    subjects = Message.objects.filter(key__startswith=messages).values_list("subject", flat=True)
    return [int(found[1].replace(",", "")) for s in subjects if (found := COUNT.search(s))]


COUNT = re.compile(r"([0-9,]+) items?\b")


@pytest.fixture
def campaign(office: Office, sam: User) -> Campaign:
    """Managers with reports who hold ten rights each; the last one holds what is left."""
    reports = [f"p{number}" for number in range(-(-ITEMS // A_REPORT))]
    office.people(
        *(f"m{n},Manager {n},m{n}@example.com,,,employee,active,," for n in range(MANAGERS)),
        *(
            f"{name},{name},{name}@example.com,,,employee,active,,m{n % MANAGERS}"
            for n, name in enumerate(reports)
        ),
    )
    rows = [
        f"{name},{name}@example.com,right{right},2026-10-02"
        for name in reports
        for right in range(A_REPORT)
    ][:ITEMS]
    assert office.accounts("Ledger", *rows).said["created"] == ITEMS
    return office.open()


def test_every_number_is_the_same_number(office: Office, campaign: Campaign, sam: User) -> None:
    said = run_well("open_campaign", "--quarter", "2026-Q4")
    assert (said["in_scope"], said["items"], said["exclusions"]) == (ITEMS, ITEMS, 0)
    assert (said["reviewers"], sum(sizes("launch:"))) == (MANAGERS, ITEMS)
    sheets = list(Review.objects.filter(campaign=campaign).order_by("pk"))
    assert sum(count_undecided(sheet) for sheet in sheets) == ITEMS

    with clock.set_to(campaign.due_at - timedelta(days=2)):
        keep_time()
    assert sum(sizes("reminder-3d:")) == ITEMS

    kept = decide_all(sheets[0])
    with clock.set_to(campaign.due_at - timedelta(hours=2)):
        keep_time()
    assert sum(sizes("reminder-due:")) == ITEMS - kept

    closed = run_well(
        "close_campaign", campaign.pk, "--with-gaps", "Merger", "--acknowledged-by", sam.email
    )
    assert {name: count for name, count in closed["totals"].items() if count} == {
        "certified": kept,
        "not_reviewed": ITEMS - kept,
        "items": ITEMS,
    }
    assert Event.objects.filter(verb="item.not_reviewed").count() == ITEMS - kept
    assert Event.objects.filter(verb="decision.made").count() == kept

    package = office.evidence(campaign)
    outcomes = Counter(row["outcome"] for row in package.rows("population.csv"))
    assert outcomes == {"certified": kept, "not_reviewed": ITEMS - kept}
    assert len(package.rows("decisions.csv")) == kept
    assert package.cover["items"] == sum(package.cover["outcomes"].values()) == ITEMS
    assert run("verify_audit_trail").status == 0


def decide_all(sheet: Review) -> int:
    """One manager keeps everything, a lane at a time, and signs."""
    user = User.objects.get(person=sheet.reviewer)
    lanes = sheet.items.order_by().values_list("lane", flat=True).distinct()
    for lane in list(lanes):
        versions = sheet.items.filter(lane=lane).order_by("pk").values_list("pk", "version")
        picks = [Pick(*each) for each in versions]
        verdict = decide(sheet, actor=acting(user), picks=picks, choice=Choice.CERTIFY)
        assert verdict.decided == [pick.item_id for pick in picks]
    sign(user, sheet)
    return ReviewItem.objects.filter(review=sheet).count()
