"""The acts on the trail itself: erasing a personal text, and changing the key that signs."""

from collections.abc import Iterable

from django.db import transaction

from audit import keys
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput
from audit.models import Disclosure
from audit.notes import fingerprint
from audit.trail import EventRow, record, record_many
from audit.verbs import Verb


def erase_texts(event_ids: Iterable[int], *, actor: Actor, approver: Actor, reason: str) -> int:
    """Erase the personal texts of these events, with their salts; so many events had some.

    The events stay, and every proof still holds. Each erasure is itself an event.
    """
    if approver.ref == actor.ref:
        raise NotAllowed("Erasing takes two: ask somebody else to approve it.")
    if not reason.strip():
        raise WrongInput("An erasure needs a reason: say why these texts have to go.")
    with transaction.atomic():
        held = Disclosure.objects.filter(event_id__in=list(event_ids), text__isnull=False)
        found = sorted(set(held.select_for_update().values_list("event_id", flat=True)))
        held.filter(event_id__in=found).update(salt=None, text=None)
        rows = (
            EventRow(f"event:{event_id}", {"approver": approver.ref}, {"reason": reason})
            for event_id in found
        )
        return record_many(Verb.TRAIL_ERASED, actor=actor, rows=rows)


def rotate_key(*, actor: Actor) -> str:
    """Make a new key, which signs all checkpoints from now on; its fingerprint comes back."""
    with transaction.atomic():
        made = fingerprint(keys.public_of(keys.rotate()))
        record(Verb.TRAIL_KEY_MADE, actor=actor, target=f"key:{made}")
    return made


def note_reading(page: str, *, actor: Actor, asked: str) -> None:
    """Make a look at the trail an event; ``asked`` is what the address said."""
    with transaction.atomic():
        private = {"asked": asked} if asked else {}
        record(Verb.TRAIL_READ, actor=actor, target=f"page:{page}", private=private)


def note_export(page: str, form: str, rows: int, *, actor: Actor, asked: str = "") -> None:
    """Make an export of the explorer an event, before anything leaves."""
    with transaction.atomic():
        record(
            Verb.TRAIL_EXPORTED,
            actor=actor,
            target=f"page:{page}",
            data={"format": form, "rows": rows},
            private={"asked": asked} if asked else {},
        )
