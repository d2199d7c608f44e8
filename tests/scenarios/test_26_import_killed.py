"""26. An import killed half way, or delivered twice, or run beside itself: the picture is the old
one or the new one, never a mixture; nothing is counted twice."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection

from accounts.enums import RunState
from accounts.models import Account, Grant, ImportRun
from accounts.tasks import merge_import
from audit.models import Event
from jobs import runner
from jobs.models import Job, JobState
from tests.commands.running import Ran, run_apart, run_well, write
from tests.jobs.processes import environment, kill
from tests.standing_still import grants_locked, sessions_waiting, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# Of thirty accounts one goes, one comes, and all get a second right.
OLD = {(f"user{n:02}", "read") for n in range(30)}
NEW = {(f"user{n:02}", right) for n in range(1, 31) for right in ("read", "write")}
BUSY = (
    "CommandError: Another import of Ledger is running. Wait until it has ended, then try again.\n"
)
TAKEN = {"rows_read": 60, "imported": 60, "created": 31, "unchanged": 29, "vanished": 1}


def file_of(folder: Path, picture: set[tuple[str, str]]) -> Path:
    rows = sorted(",".join(row) for row in picture)
    return write(folder, "ledger.csv", "\n".join(["username,entitlement", *rows]) + "\n")


def picture() -> set[tuple[str, str]]:
    live = Grant.objects.filter(gone_at=None)
    found = list(live.values_list("account__username", "entitlement__key"))
    accounts = Account.objects.filter(gone_at=None).values_list("username", flat=True)
    assert len(found) == len(set(found))
    assert set(accounts) == {username for username, _ in found}
    return set(found)


def counts(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in TAKEN}


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    """The old picture stands, and the file of the new one lies ready."""
    run_well("import_accounts", "Ledger", file_of(tmp_path, OLD))
    assert picture() == OLD
    return file_of(tmp_path, NEW)


def killed_in_the_merge(file: Path) -> Job:
    """A real process, killed with -9 between the accounts and the grants of its merge."""
    command = [sys.executable, "manage.py", "import_accounts", "Ledger", str(file)]
    with grants_locked():
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment(), start_new_session=True
        )
        wait_until(lambda: sessions_waiting() > 0)
        kill(process)
        assert process.returncode == -9
        assert picture() == OLD
    wait_until(lambda: sessions_waiting() == 0)
    return Job.objects.get(state=JobState.RUNNING)


def test_killed_half_way_the_old_picture_stands_until_somebody_finishes_it(new_file: Path) -> None:
    job = killed_in_the_merge(new_file)
    assert picture() == OLD
    run = ImportRun.objects.latest("pk")
    assert run.state == RunState.IMPORTING
    wait_until(lambda: runner.run(job.pk))  # Its lease ends after two seconds.
    runner.drain()
    run.refresh_from_db()
    assert (run.state, picture(), counts(run)) == (RunState.COMPLETE, NEW, TAKEN)
    assert Event.objects.filter(verb="import.completed", target=f"run:{run.pk}").count() == 1


def test_killed_half_way_the_next_import_goes_ahead_after_it(new_file: Path) -> None:
    killed_in_the_merge(new_file)
    wait_until(lambda: runner.drain() > 0 and picture() == NEW)
    again = run_apart("import_accounts", "Ledger", new_file)
    assert (again.status, again.said["unchanged"], picture()) == (0, 60, NEW)


def test_delivered_twice_it_counts_once(new_file: Path) -> None:
    said = run_well("import_accounts", "Ledger", new_file)
    run = ImportRun.objects.get(pk=said["run"])
    merge = Job.objects.get(kind="accounts.merge_import", payload__run=run.pk)
    assert runner.run(merge.pk) is False
    Job.objects.filter(pk=merge.pk).update(state=JobState.WAITING, finished_at=None)
    assert runner.run(merge.pk) is True
    merge_import(merge)
    run.refresh_from_db()
    assert (picture(), counts(run)) == (NEW, TAKEN)
    assert Event.objects.filter(verb="import.completed", target=f"run:{run.pk}").count() == 1


def test_delivered_to_two_at_once_it_is_done_by_one(new_file: Path) -> None:
    said = run_well("import_accounts", "Ledger", new_file)
    merge = Job.objects.get(kind="accounts.merge_import", payload__run=said["run"])
    Job.objects.filter(pk=merge.pk).update(state=JobState.WAITING, finished_at=None)
    start = Barrier(4)

    def deliver(_: int) -> bool:
        try:
            start.wait()
            return runner.run(merge.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(deliver, range(4))) == 1
    assert picture() == NEW


def test_uploaded_beside_a_merge_it_waits_for_none_of_it(new_file: Path) -> None:
    """Whoever uploads holds the system: waiting for the source, they would embrace the merge."""
    with ThreadPoolExecutor(2) as pool, grants_locked():
        first = pool.submit(run_apart, "import_accounts", "Ledger", new_file)
        wait_until(lambda: sessions_waiting() > 0)
        second = pool.submit(run_apart, "import_accounts", "Ledger", new_file)
        wait_until(second.done)
        assert (second.result().status, second.result().errors) == (2, BUSY)
        assert not first.done()
    assert (first.result().status, picture()) == (0, NEW)


def test_run_beside_itself_the_picture_is_one_of_them(new_file: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        ran: list[Ran] = list(
            pool.map(lambda _: run_apart("import_accounts", "Ledger", new_file), range(2))
        )
    done = [each for each in ran if each.status == 0]
    refused = [each.errors for each in ran if each.status != 0]
    assert done
    assert set(refused) <= {BUSY}
    assert (picture(), sum(each.said["created"] for each in done)) == (NEW, 31)
    assert sum(each.said["vanished"] for each in done) == 1
