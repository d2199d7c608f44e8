"""Events as people read them."""

import json

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from audit import reading
from audit.actions import erase_texts
from audit.actors import Actor, Channel
from audit.models import Event
from audit.names import names_of, shown
from audit.trail import EventRow, record, record_many
from audit.verbs import Verb

pytestmark = pytest.mark.django_db


def things(ids: set[int]) -> dict[int, str]:
    """Names for all things but 9, which has gone."""
    return {number: f"Thing {number}" for number in ids if number != 9}


@pytest.fixture(autouse=True)
def names(settings: Settings) -> None:
    settings.TRAIL_NAMES = dict.fromkeys(("user", "campaign", "person"), f"{__name__}.things")


def sentence(event: Event) -> str:
    return reading.read([event])[0].sentence


def test_sentence_names_who_and_what(actor: Actor) -> None:
    event = record(
        Verb.CAMPAIGN_CLOSED, actor=actor, target="campaign:3", private={"unused": "text"}
    )
    assert sentence(event) == "Thing 17 closed Thing 3."


def test_sentence_shows_texts_until_they_are_erased(actor: Actor) -> None:
    data = {"was": "none_at_all", "result": "x"}
    private = {"reason": "{actor} wrote <b>this</b>"}
    event = record(
        Verb.TRAIL_ERASED,
        actor=actor,
        target="event:9",
        data=data | {"approver": "user:4"},
        private=private,
    )
    said = "Thing 17 erased the personal texts of event 9, approved by Thing 4: "
    assert sentence(event) == f"{said}{{actor}} wrote <b>this</b>"
    erase_texts([event.id], actor=actor, approver=Actor.user(4, Channel.PAGE), reason="On request")
    assert sentence(event) == f"{said}(erased)"


def test_sentence_leaves_out_what_the_event_has_not(actor: Actor) -> None:
    event = record(Verb.DECISION_MADE, actor=actor, target="item:1", data={"choice": "dont_know"})
    assert sentence(event) == "Thing 17 chose dont know on item 1."


def test_event_that_cannot_be_read_says_so(actor: Actor) -> None:
    event = record(Verb.TRAIL_READ, actor=actor, target="item:1")
    for body in ("not JSON", "[]", '{"data":7}'):
        event.body = body
        assert sentence(event) == "This event cannot be read: verify the trail."
    event.body, event.verb = json.dumps({"data": {}}), "trail.forgotten{actor.__class__}"
    assert sentence(event) == "Thing 17: item 1, an act that this version does not know."


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("user:4", "Thing 4"),
        ("user:9", "user 9"),
        ("item:7", "item 7"),
        ("system:sealer", "sealer"),
        ("system:command line (root)", "command line (root)"),
        ("user:\u0664", "user \u0664"),
    ],
)
def test_ref_is_shown_by_its_name_or_as_it_is(ref: str, name: str) -> None:
    assert shown(ref, names_of([ref])) == name


def test_every_sentence_can_be_said() -> None:
    parts = reading._Parts()
    assert all(said.format_map(parts).strip() for said in reading.SENTENCES.values())


def test_reading_takes_the_same_queries_for_many_events(
    actor: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with transaction.atomic():
        rows = (EventRow(f"item:{i}", {}, {"reason": "x"}) for i in range(reading.BATCH))
        record_many(Verb.TRAIL_READ, actor=actor, rows=rows)
    events = list(Event.objects.all())
    for count in (1, len(events)):
        with django_assert_num_queries(1):
            assert len(list(reading.read_all(events[:count]))) == count
    assert connection.in_atomic_block
