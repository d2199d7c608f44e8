"""The tables of the trail: events, their places in the tree, and what may be erased.

Keys to other rooms, and between these tables, are loose: what is deleted elsewhere neither
blocks nor edits history. Migration 0002 holds the triggers that refuse every change.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class Event(models.Model):
    """One act. ``body`` is the text exactly as hashed; the other columns repeat it for search."""

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=64)
    at = models.DateTimeField()
    verb = models.CharField(max_length=64)
    actor = models.CharField(max_length=128)
    target = models.CharField(max_length=128)
    channel = models.CharField(max_length=16)
    request = models.CharField(max_length=64, blank=True, default="")
    body = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["stream", "id"], name="event_stream"),
            models.Index(fields=["verb", "id"], name="event_verb"),
            models.Index(fields=["actor", "id"], name="event_actor"),
            models.Index(fields=["target", "id"], name="event_target"),
            models.Index(fields=["request"], name="event_request", condition=~Q(request="")),
            # Times follow the order of the rows closely: a small index finds the days.
            BrinIndex(fields=["at"], name="event_at", autosummarize=True, pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.verb} {self.target}"


class Pending(models.Model):
    """An event that has no place yet; a trigger notes it in the transaction of the act."""

    event_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.event_id)


class Stream(models.Model):
    """A tree of events, "system" or "campaign:<id>"; ``peaks`` is all that growing it needs."""

    name = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()
    peaks = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return self.name


class Leaf(models.Model):
    """An event's place in its stream, from 0 without gaps, and the hash of its body."""

    pk = models.CompositePrimaryKey("stream", "place")
    stream = models.CharField(max_length=64)
    place = models.BigIntegerField()
    event_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.stream} {self.place}"


class Node(models.Model):
    """The root of a full subtree of 2^height leaves, kept so that a proof reads few rows.

    Derived from the leaves: height is 8, 16, 24 and so on, ``place`` counts subtrees.
    """

    pk = models.CompositePrimaryKey("stream", "height", "place")
    stream = models.CharField(max_length=64)
    height = models.SmallIntegerField()
    place = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.stream} {self.height}/{self.place}"


class Checkpoint(models.Model):
    """A signed statement of a stream's size and root; ``note`` is the text that leaves us."""

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=64)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["stream", "id"], name="checkpoint_stream")]

    def __str__(self) -> str:
        return f"{self.stream} at {self.size}"


class Disclosure(models.Model):
    """A personal text that an event commits to. Erasing it leaves the event and every proof."""

    pk = models.CompositePrimaryKey("event_id", "name")
    event_id = models.BigIntegerField()
    name = models.CharField(max_length=64)
    salt = models.BinaryField(null=True)
    text = models.TextField(null=True)

    def __str__(self) -> str:
        return f"{self.name} of event {self.event_id}"
