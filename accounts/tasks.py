"""The handlers of our jobs: each brings an actor and a row to one action."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from accounts.actions import imports, policies
from accounts.actions.findings import refresh_findings
from accounts.importing import staging
from accounts.models import ImportRun, PolicyVersion
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


def follow_import(job: Job) -> Step:
    """What a new picture means: findings are opened, brought up to date and closed."""
    run = ImportRun.objects.select_related("source__system").get(pk=job.payload["run"])
    staging.analyze_after(run)
    return Step.done(refresh_findings(actor=Actor.system("imports"), system=run.source.system))


def preview_policy(job: Job) -> Step:
    """Count what a draft would name, a chunk of accounts at a time; payload: policy."""
    draft = PolicyVersion.objects.drafts().filter(pk=job.payload["policy"]).first()
    if draft is None:
        return Step.done()
    so_far = policies.Counted(**job.cursor) if job.cursor else None
    counted = policies.count_preview(draft, so_far)
    if counted.finished:
        return Step.done({"accounts": counted.done})
    return Step.more(asdict(counted), done=counted.done, total=counted.total)


def watch_imports(_job: Job) -> Step:
    return Step.done({"failed": imports.fail_stuck_runs(actor=Actor.system("imports"))})


def watch_findings(_job: Job) -> Step:
    """Last days and end dates pass between two imports: the findings follow the calendar."""
    return Step.done(refresh_findings(actor=Actor.system("findings")))
