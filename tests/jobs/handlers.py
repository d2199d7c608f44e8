"""Handlers whose effect can be counted: each chunk adds one to a row, and twice would show."""

import time

from django.db.models import F

from jobs.models import Heartbeat, Job
from jobs.queue import Step


def effects(key: str) -> int:
    """How many chunks of the job with this key have taken effect."""
    return sum(Heartbeat.objects.filter(name=key).values_list("errors", flat=True))


def _take_effect(job: Job) -> None:
    Heartbeat.objects.get_or_create(name=job.key)
    Heartbeat.objects.filter(name=job.key).update(errors=F("errors") + 1)


def count(job: Job) -> Step:
    """As many chunks as the payload says."""
    _take_effect(job)
    at = job.cursor.get("at", 0) + 1
    if at == job.payload.get("chunks", 1):
        return Step.done({"chunks": at})
    return Step.more({"at": at}, done=at, total=job.payload["chunks"])


def fail(job: Job) -> Step:
    _take_effect(job)
    raise ValueError("The file has no column named mail.")


def slow(job: Job) -> Step:
    _take_effect(job)
    time.sleep(job.payload["seconds"])
    return Step.done()


def good_tick() -> None:
    """All is well."""


def bad_tick() -> None:
    raise RuntimeError("The sealer has no key.")
