"""The rows that work in the background is made of: jobs, messages, and signs of life."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class JobState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Job(models.Model):
    """A piece of work that is owed: the row is the queue, the broker only rings for it.

    ``cursor`` is what the handler said of where to go on; ``attempts`` counts failures since
    the last chunk that went through; ``rung_at`` is when a worker was last told of it;
    ``lease_until`` is when a runner that has not come back is given up.
    """

    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    cursor = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=JobState, default=JobState.WAITING)
    due_at = models.DateTimeField()
    rung_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    result = models.JSONField(default=dict)
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="job_owed",
                condition=Q(state__in=[JobState.WAITING, JobState.RUNNING]),
            ),
            models.Index(fields=["state", "-id"], name="job_by_state"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def name(self) -> str:
        """The kind in words: "accounts.import_people" is "Import people"."""
        return self.kind.rpartition(".")[2].replace("_", " ").capitalize()


class JobProgress(models.Model):
    """How far the chunk that runs now has come.

    Written outside the chunk's transaction so that it is seen at once. ``job_id`` is loose: a
    constraint would wait for the lock that the chunk holds on its job.
    """

    job_id = models.BigIntegerField(primary_key=True)
    done = models.PositiveBigIntegerField()
    total = models.PositiveBigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.done} of {self.total} in job {self.job_id}"


class Channel(models.TextChoices):
    MAIL = "mail", "Mail"


class MessageState(models.TextChoices):
    """KEPT is a message that went nowhere, since no mail server is set up."""

    DUE = "due", "Due"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    KEPT = "kept", "Kept"
    FAILED = "failed", "Failed"


class Message(models.Model):
    """Something to tell one address, once: the key says about what, so that it cannot double.

    ``due_at`` is when it is to be tried next; ``person_id`` and ``about`` are loose, since a
    message outlives what it was about.
    """

    key = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.MAIL)
    to = models.CharField(max_length=320)
    person_id = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    about = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=MessageState, default=MessageState.DUE)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="message_owed",
                condition=Q(state__in=[MessageState.DUE, MessageState.SENDING]),
            ),
            models.Index(fields=["state", "-id"], name="message_by_state"),
            models.Index(fields=["about", "-id"], name="message_by_subject"),
        ]

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """When a process or a regular act last went well, and what has gone wrong since."""

    name = models.CharField(max_length=120, primary_key=True)
    at = models.DateTimeField(null=True)
    errors = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.name
