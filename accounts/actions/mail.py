"""Reading a message that was sent or kept: it may hold a link to sign in, so it is on record."""

from django.db import transaction

from accounts.actors import user_of
from accounts.rules import may_administer
from audit.actors import Actor
from audit.errors import NotAllowed
from audit.trail import record
from audit.verbs import Verb
from jobs.models import Message


def read_message(message_id: int, *, actor: Actor) -> Message:
    """The message with its body. Raises Message.DoesNotExist."""
    with transaction.atomic():
        user = user_of(actor)
        if user is None or not may_administer(user):
            raise NotAllowed("Only administrators read mail: ask one to look for you.")
        message = Message.objects.get(pk=message_id)
        record(
            Verb.MAIL_SHOWN,
            actor=actor,
            target=f"message:{message.pk}",
            data={"about": message.about},
            private={"to": message.to},
        )
    return message
