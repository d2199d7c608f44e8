"""What evidence and the explorer take from the trail: order, proofs, few queries."""

import json

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from audit import merkle, queries, sealing
from audit.actors import Actor
from audit.canonical import commitment
from audit.models import Leaf, Stream
from audit.trail import EventRow, record_many
from audit.verbs import Verb

pytestmark = pytest.mark.django_db
STREAM = "campaign:1"


@pytest.fixture
def leaves(actor: Actor) -> list[bytes]:
    """700 events in one campaign: two full subtrees of 256, and a rest."""
    for _ in range(7):
        with transaction.atomic():
            rows = (EventRow("item:1", {"n": n}, {"reason": f"R{n}"}) for n in range(100))
            record_many(Verb.TRAIL_READ, actor=actor, stream=STREAM, rows=rows)
        sealing.seal()
    return [bytes(leaf.hash) for leaf in Leaf.objects.filter(stream=STREAM).order_by("place")]


def test_sealed_events_come_in_the_order_of_their_places(leaves: list[bytes]) -> None:
    sealed = list(queries.sealed_events(STREAM, 650))
    assert [event.place for event in sealed] == list(range(650))
    assert [event.hash for event in sealed] == leaves[:650]
    assert [merkle.leaf_hash(event.body.encode()) for event in sealed] == leaves[:650]


@pytest.mark.usefixtures("leaves")
def test_texts_come_beside_the_events_that_commit_to_them() -> None:
    texts = list(queries.texts_of(STREAM, 650))
    events = list(queries.sealed_events(STREAM, 650))
    assert [text.event_id for text in texts] == [event.event_id for event in events]
    for text, event in zip(texts, events, strict=True):
        assert text.salt is not None
        assert text.text is not None
        committed = json.loads(event.body)["private"]
        assert committed == {text.name: commitment(text.salt, text.text)}


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 700])
def test_inclusion_proof_from_kept_nodes_holds(leaves: list[bytes], size: int) -> None:
    tree = merkle.Tree()
    for leaf in leaves[:size]:
        tree.append(leaf)
    for place in {0, size // 2, size - 1}:
        proof = queries.inclusion_proof(STREAM, place, size)
        assert merkle.inclusion_holds(leaves[place], place, size, tree.root(), proof)


@pytest.mark.parametrize(("old", "size"), [(0, 700), (1, 700), (256, 512), (300, 700), (700, 700)])
def test_consistency_proof_from_kept_nodes_is_the_one_over_all_leaves(
    leaves: list[bytes], old: int, size: int
) -> None:
    expected = merkle.consistency_proof(old, size, merkle.subtrees(leaves))
    assert queries.consistency_proof(STREAM, old, size) == expected


@pytest.mark.usefixtures("leaves")
def test_proof_takes_few_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):  # two blocks of leaves, one of nodes
        queries.inclusion_proof(STREAM, 5, 700)


@pytest.mark.usefixtures("leaves")
def test_proof_of_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(LookupError, match="verify the trail"):
        queries.inclusion_proof(STREAM, 5, 800)


@pytest.mark.usefixtures("leaves")
def test_proof_of_an_event_is_that_of_the_latest_checkpoint() -> None:
    leaf = Leaf.objects.get(stream=STREAM, place=5)
    assert queries.proof_of(leaf) is None
    first = sealing.publish_checkpoint(STREAM)
    second = sealing.publish_checkpoint(STREAM)
    proof = queries.proof_of(leaf)
    assert proof is not None
    assert (proof.place, proof.checkpoint, proof.holds) == (5, second, True)
    assert not proof._replace(hash=bytes(32)).holds
    assert list(queries.checkpoints_of(STREAM)) == [first, second]
    assert bytes(Stream.objects.get(name=STREAM).root) == bytes(second.root)
