"""Taking a list away as a file: whoever does so, and what they asked for, is on record."""

from django.db import transaction

from audit.actors import Actor
from audit.trail import record
from audit.verbs import Verb


def record_export(name: str, *, actor: Actor, form: str, asked: str) -> None:
    """``name`` is the list's, in lower case ("mail"); ``form`` is csv or xlsx; ``asked`` is the
    query of the address, kept apart since a search may hold a name."""
    with transaction.atomic():
        record(
            Verb.LIST_EXPORTED,
            actor=actor,
            target=f"list:{name}",
            data={"format": form},
            private={"asked": asked},
        )
