"""Erasing and rotating: what is left still proves what it proved."""

import io

import pytest
from django.core.management import call_command
from django.db import transaction

from audit import keys, sealing
from audit.actions import erase_texts
from audit.actors import Actor, Channel
from audit.errors import NotAllowed, WrongInput
from audit.models import Disclosure, Event
from audit.notes import fingerprint
from audit.problems import Outcome
from audit.trail import record
from audit.verbs import Verb
from audit.verification import Verification

pytestmark = pytest.mark.django_db(transaction=True)
BOB = Actor.user(5, Channel.PAGE)


@pytest.fixture
def event(actor: Actor) -> Event:
    with transaction.atomic():
        private = {"reason": "Left in May", "name": "Émile"}
        return record(Verb.TRAIL_READ, actor=actor, target="item:1", private=private)


def texts(event: Event) -> list[tuple[str, str | None, bool]]:
    kept = Disclosure.objects.filter(event_id=event.id).order_by("name")
    return [(text.name, text.text, text.salt is None) for text in kept]


def test_erased_texts_are_gone_and_the_trail_still_verifies(event: Event, actor: Actor) -> None:
    sealing.publish_checkpoint()
    body = event.body
    assert erase_texts([event.id, 999], actor=actor, approver=BOB, reason="On request") == 1
    assert texts(event) == [("name", None, True), ("reason", None, True)]
    event.refresh_from_db()
    assert event.body == body
    sealing.seal()
    verification = Verification({})
    assert list(verification.problems()) == []
    assert verification.outcome is Outcome.VALID
    erasure = Event.objects.get(verb=Verb.TRAIL_ERASED)
    assert erasure.target == f"event:{event.id}"
    assert '"approver":"user:5"' in erasure.body
    assert texts(erasure) == [("reason", "On request", False)]


def test_erasing_twice_is_one_event(event: Event, actor: Actor) -> None:
    erase_texts([event.id], actor=actor, approver=BOB, reason="On request")
    assert erase_texts([event.id], actor=actor, approver=BOB, reason="On request") == 0
    assert Event.objects.filter(verb=Verb.TRAIL_ERASED).count() == 1


def test_erasing_takes_another_person_and_a_reason(event: Event, actor: Actor) -> None:
    with pytest.raises(NotAllowed, match="takes two"):
        erase_texts([event.id], actor=actor, approver=actor, reason="On request")
    with pytest.raises(WrongInput, match="needs a reason"):
        erase_texts([event.id], actor=actor, approver=BOB, reason=" ")
    assert texts(event) == [("name", "Émile", False), ("reason", "Left in May", False)]


def test_rotated_key_signs_and_old_checkpoints_still_verify() -> None:
    sealing.publish_checkpoint()
    out = io.StringIO()
    call_command("rotate_trail_key", stdout=out)
    assert out.getvalue().strip() == fingerprint(keys.public_keys()[1])
    sealing.publish_checkpoint()
    sealing.seal()
    assert list(Verification({}).problems()) == []
    assert Event.objects.filter(verb=Verb.TRAIL_KEY_INTRODUCED).count() == 2
