"""Reading a message, whoever asks: the guard of the verb itself."""

import pytest

from accounts.actions.mail import read_message
from accounts.models import User
from audit.actors import Actor
from audit.errors import NotAllowed
from audit.models import Event
from jobs.messages import queue_message
from tests.cast import acting

pytestmark = pytest.mark.django_db


def test_read_message_by_security_or_the_system_is_refused(sam: User) -> None:
    message = queue_message(key="k", to="a@example.com", subject="s", body="b", about="user:1")
    for actor in (acting(sam), Actor.system("relay")):
        with pytest.raises(NotAllowed):
            read_message(message.pk, actor=actor)
    assert Event.objects.count() == 0
