"""The handlers of our jobs: each brings an actor and a row to one action."""

from __future__ import annotations

from functools import partial

from accounts.actions import imports
from audit.actors import Actor
from jobs.models import Job
from jobs.queue import Step, report_progress


def read_import(job: Job) -> Step:
    run = imports.read_run(
        job.payload["run"], actor=imports.actor_of(job), report=partial(report_progress, job)
    )
    return Step.done({"state": run.state})


def merge_import(job: Job) -> Step:
    run = imports.merge_run(
        job.payload["run"], actor=imports.actor_of(job), report=partial(report_progress, job)
    )
    return Step.done({"state": run.state})


def watch_imports(_job: Job) -> Step:
    return Step.done({"failed": imports.fail_stuck_runs(actor=Actor.system("imports"))})
