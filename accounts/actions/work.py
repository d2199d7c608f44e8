"""Setting background work going again after it has failed for good."""

from django.db import transaction

from accounts.actors import user_of
from accounts.rules import may_run
from audit.actors import Actor
from audit.errors import Conflict, NotAllowed
from audit.trail import record
from audit.verbs import Verb
from jobs.models import Job
from jobs.queue import ask_again


def retry_job(job_id: int, *, actor: Actor) -> Job:
    """Give a failed job all its attempts once more. Raises Job.DoesNotExist."""
    with transaction.atomic():
        user = user_of(actor)
        if user is None or not may_run(user):
            raise NotAllowed(
                "Only the security team and administrators set work going again: ask one of them."
            )
        job = Job.objects.get(pk=job_id)
        if not ask_again(job.pk):
            raise Conflict(
                "This work is no longer failed, so there is nothing to try again: "
                "somebody else has set it going. Reload the page to see how far it is."
            )
        record(Verb.WORK_RETRIED, actor=actor, target=f"job:{job.pk}", data={"kind": job.kind})
        job.refresh_from_db()
    return job
