"""An act that was turned down leaves an event of its own: its rollback took everything else."""

from django.db import transaction

from audit import trail
from audit.actors import Actor
from audit.verbs import Verb


def record_refusal(sentence: str, *, actor: Actor, attempted: str, target: str) -> None:
    """Call it after the act's transaction has ended; ``attempted`` is the name of the page."""
    with transaction.atomic():
        trail.record(
            Verb.TRAIL_REFUSED,
            actor=actor,
            target=target,
            data={"attempted": attempted},
            private={"reason": sentence},
        )
