"""27. The broker is emptied while work is due: nothing is lost, nothing is done twice."""

import io
import time
from collections.abc import Callable

import pytest
from redis import Redis

from accounts.actions import imports
from accounts.actions.sources import ensure_system_source
from accounts.enums import RunState
from accounts.models import Grant, ImportRun, User
from audit.models import Event
from jobs import relay
from jobs.heartbeats import worker_lives
from jobs.models import Job, JobState, Message
from reviews.actions.launching import start_launch
from reviews.actions.planning import plan_campaign
from reviews.enums import CampaignState
from reviews.models import Campaign, ReviewItem
from tests.cast import acting
from tests.jobs.processes import worker
from tests.jobs.test_relay import bell, serving, wait_until

__all__ = ["bell", "serving"]

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "username,mail,entitlement\n" + "".join(f"u{n},u{n}@example.com,read\n" for n in range(50))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "RING_SECONDS", 0.1)
    monkeypatch.setattr(relay, "RING_AGAIN_AFTER", relay.RING_AGAIN_AFTER / 15)


def test_an_import_and_a_launch_come_through(
    bell: Redis, serving: Callable[[], None], alice: User, sam: User
) -> None:
    def emptied_until(is_so: Callable[[], bool]) -> None:
        """All that Redis holds for us is thrown away at once, and three times more."""
        for pause in (0, 0.05, 0.2, 0.5):
            time.sleep(pause)
            bell.flushdb()
        wait_until(is_so, seconds=60)

    with worker():
        wait_until(worker_lives, seconds=60)
        serving()
        source = ensure_system_source("Ledger", actor=acting(sam))
        files = [("ledger.csv", io.BytesIO(ROWS.encode()))]
        run = imports.upload_files(source, actor=acting(sam), files=files)
        emptied_until(lambda: state_of(run) == RunState.STAGED)
        imports.start_import(run, actor=acting(sam))
        emptied_until(lambda: state_of(run) == RunState.COMPLETE)

        plan = plan_campaign(actor=acting(sam), quarter="2026-Q4")
        start_launch(plan, actor=acting(sam))
        emptied_until(lambda: Campaign.objects.get().state == CampaignState.OPEN)
        emptied_until(lambda: Message.objects.filter(key__startswith="launch:").exists())
        emptied_until(lambda: not Job.objects.exclude(state=JobState.DONE).exists())

    assert (Grant.objects.count(), ReviewItem.objects.count()) == (50, 50)
    for verb in ("import.uploaded", "import.completed", "campaign.launched"):
        assert Event.objects.filter(verb=verb).count() == 1
    assert list(Message.objects.filter(key__startswith="launch:").values_list("to", flat=True)) == [
        sam.email
    ]


def state_of(run: ImportRun) -> str:
    run.refresh_from_db()
    return run.state
