"""Scenario 26: an import that is killed half way, delivered twice, or run beside itself."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from accounts.actions import imports
from accounts.actions.sources import ensure_system_source
from accounts.enums import RunState
from accounts.importing import staging
from accounts.models import Account, Entitlement, Grant, ImportRun
from audit.errors import Conflict
from jobs.models import Job, JobState
from jobs.runner import run_to_end
from tests.accounts.imports import COMMAND, counts, import_accounts, read_text, work_off
from tests.jobs.processes import environment
from tests.standing_still import grants_locked, sessions_waiting, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

HEADERS = "username,mail,entitlement\n"
OLD = HEADERS + "ann,a@example.com,read\nben,b@example.com,read\ncyd,c@example.com,read\n"
NEW = HEADERS + "ann,new@example.com,read\nben,b@example.com,write\ndot,d@example.com,read\n"
THE_OLD = [("ann", "a@example.com"), ("ben", "b@example.com"), ("cyd", "c@example.com")]
THE_NEW = [("ann", "new@example.com"), ("ben", "b@example.com"), ("dot", "d@example.com")]


def picture() -> list[tuple[str, str]]:
    live = Account.objects.filter(gone_at=None).order_by("key")
    return list(live.values_list("key", "mail"))


def held_rights() -> list[tuple[str, str]]:
    live = Grant.objects.filter(gone_at=None).order_by("account__key")
    return list(live.values_list("account__key", "entitlement__key"))


def test_scenario_26_import_killed_half_way_leaves_the_old_picture(tmp_path: Path) -> None:
    import_accounts(OLD)
    path = tmp_path / "new.csv"
    path.write_text(NEW)
    with grants_locked():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "import_accounts", "Vault", str(path)],
            cwd=settings.BASE_DIR,
            env=environment(),
        )
        wait_until(lambda: sessions_waiting() > 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
    run = ImportRun.objects.latest("pk")
    assert (run.state, picture()) == (RunState.IMPORTING, THE_OLD)

    time.sleep(2)  # As long as the lease of whoever was killed.
    run = work_off(run)
    assert (run.state, picture()) == (RunState.COMPLETE, THE_NEW)
    assert counts(run) == {
        "rows_read": 3,
        "imported": 3,
        "rejected": 0,
        "created": 2,
        "updated": 1,
        "unchanged": 0,
        "vanished": 2,
    }


def test_scenario_26_import_delivered_twice_counts_once() -> None:
    import_accounts(OLD)
    run = read_text(ensure_system_source("Vault", actor=COMMAND), NEW)
    imports.start_import(run, actor=COMMAND)
    first = imports.merge_run(run.pk, actor=COMMAND, report=lambda _done: None)
    before = (picture(), held_rights(), counts(first), Job.objects.count())
    again = imports.merge_run(run.pk, actor=COMMAND, report=lambda _done: None)
    assert (picture(), held_rights(), counts(again), Job.objects.count()) == before
    assert held_rights() == [("ann", "read"), ("ben", "write"), ("dot", "read")]


def test_scenario_26_import_beside_itself_counts_once() -> None:
    import_accounts(OLD)
    run = read_text(ensure_system_source("Vault", actor=COMMAND), NEW)
    imports.start_import(run, actor=COMMAND)
    ended: list[str] = []

    def merge() -> None:
        done = imports.merge_run(run.pk, actor=COMMAND, report=lambda _done: None)
        ended.append(done.state)
        connection.close()

    threads = [threading.Thread(target=merge) for _ in range(2)]
    with grants_locked():
        for thread in threads:
            thread.start()
        wait_until(lambda: sessions_waiting() >= 2)
        assert picture() == THE_OLD
    for thread in threads:
        thread.join()
    assert (ended, picture()) == ([RunState.COMPLETE, RunState.COMPLETE], THE_NEW)
    assert (Account.objects.count(), Entitlement.objects.count(), Grant.objects.count()) == (
        4,
        2,
        5,
    )


def test_two_imports_of_one_source_follow_one_another() -> None:
    source = ensure_system_source("Vault", actor=COMMAND)
    first, second = read_text(source, OLD), read_text(source, NEW)
    imports.start_import(first, actor=COMMAND)
    with pytest.raises(Conflict, match="Another import of Vault is running"):
        imports.start_import(second, actor=COMMAND)
    work_off(first)
    imports.start_import(second, actor=COMMAND)
    # It was compared with an empty picture; that is done again.
    run = work_off(second)
    assert (run.created, run.updated, run.vanished, picture()) == (2, 1, 2, THE_NEW)


def test_rows_lost_in_a_crash_of_the_database_are_read_again() -> None:
    run = read_text(ensure_system_source("Vault", actor=COMMAND), OLD)
    staging.run_sql(f"TRUNCATE {staging.table(run.pk)}")  # What a crash leaves of UNLOGGED tables.
    imports.start_import(run, actor=COMMAND)
    assert (work_off(run).created, picture()) == (3, THE_OLD)


def test_work_that_was_given_up_fails_its_run_and_frees_the_source() -> None:
    import_accounts(OLD)
    source = ensure_system_source("Vault", actor=COMMAND)
    run = read_text(source, NEW)
    job = imports.start_import(run, actor=COMMAND)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="OSError: no space left")
    assert imports.fail_stuck_runs(actor=COMMAND) == 1
    run.refresh_from_db()
    assert (run.state, picture()) == (RunState.FAILED, THE_OLD)
    assert run.error == (
        "The import could not be finished (OSError: no space left). The picture is as it was."
    )
    assert import_accounts(NEW).state == RunState.COMPLETE


def test_reading_changes_nothing_and_leaves_no_table_when_it_fails() -> None:
    import_accounts(OLD)
    source = ensure_system_source("Vault", actor=COMMAND)
    run = read_text(source, NEW + "dot,other@example.com,write\n")
    assert (run.state, picture()) == (RunState.FAILED, THE_OLD)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE starts_with(tablename, %s)",
            [f"staged_{run.pk}_"],
        )
        assert cursor.fetchone() == (0,)


def test_start_is_refused_once_another_has_started_it() -> None:
    run = read_text(ensure_system_source("Vault", actor=COMMAND), OLD)
    job = imports.start_import(run, actor=COMMAND)
    with pytest.raises(Conflict, match="is importing by now"):
        imports.start_import(run, actor=COMMAND)
    assert run_to_end(job).state == JobState.DONE
