"""Every way to tamper with the trail, planted with the guards off, and found."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

import clock
from audit import keys, notes, sealing
from audit.actors import Actor
from audit.canonical import canonical
from audit.merkle import Tree, leaf_hash
from audit.models import Checkpoint, Event, Leaf
from audit.problems import Kind, Outcome
from audit.trail import EventRow, record, record_many
from audit.verbs import Verb
from audit.verification import MAY_WAIT, Verification

pytestmark = pytest.mark.django_db(transaction=True)

MORNING = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
Found = list[tuple[Kind, str, int | None]]


def write(actor: Actor, count: int) -> None:
    with transaction.atomic():
        rows = [EventRow(f"item:{i}", {"n": i}, {"reason": f"Text {i}"}) for i in range(count)]
        record_many(Verb.TRAIL_READ, actor=actor, stream="campaign:1", rows=rows)


@pytest.fixture
def checkpoints(actor: Actor) -> list[Checkpoint]:
    """A trail of 300 + 20 + 5 events of a campaign: signed at 300, at 320, and not since."""
    made = []
    for hour, count in enumerate((300, 20)):
        with clock.set_to(MORNING + timedelta(hours=2 * hour)):
            write(actor, count)
            made.append(sealing.publish_checkpoint("campaign:1"))
            sealing.publish_checkpoint()
    with clock.set_to(MORNING + timedelta(hours=5)):
        write(actor, 5)
        sealing.seal()
    return made


def tamper(statement: str, *parameters: str | int | bytes) -> None:
    """What a superuser can do: run ``statement`` while the triggers rest."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)


def leaf_at(place: int) -> Leaf:
    return Leaf.objects.get(stream="campaign:1", place=place)


def event_at(place: int) -> Event:
    return Event.objects.get(id=leaf_at(place).event_id)


def verify(kept: dict[str, str] | None = None) -> tuple[Outcome, Found]:
    verification = Verification(kept or {}, times=True)
    found = [(p.kind, p.stream, p.place) for p in verification.problems()]
    assert verification.found == len(found)
    return verification.outcome, found


def tampered(*found: tuple[Kind, int | None], stream: str = "campaign:1") -> tuple[Outcome, Found]:
    return Outcome.TAMPERED, [(kind, stream, place) for kind, place in found]


def test_untouched_trail_is_valid(checkpoints: list[Checkpoint]) -> None:
    verification = Verification({"kept": checkpoints[0].note}, times=True)
    assert list(verification.problems()) == []
    assert verification.outcome is Outcome.VALID
    assert (verification.events, verification.streams) == (325 + 3, 2)


def test_empty_trail_is_valid() -> None:
    assert verify() == (Outcome.VALID, [])


def test_events_that_wait_for_their_place_are_valid_for_a_while(actor: Actor) -> None:
    with clock.set_to(MORNING):
        write(actor, 1)
        assert verify() == (Outcome.VALID, [])
    with clock.set_to(MORNING + MAY_WAIT + timedelta(seconds=1)):
        assert verify() == (Outcome.CANNOT_TELL, [(Kind.WAITING, "campaign:1", None)])


@pytest.mark.usefixtures("checkpoints")
def test_edited_body_is_found() -> None:
    body = event_at(7).body.replace('"n":7', '"n":8')
    tamper("UPDATE audit_event SET body = %s WHERE id = %s", body, event_at(7).id)
    assert verify() == tampered((Kind.CHANGED, 7))


@pytest.mark.usefixtures("checkpoints")
@pytest.mark.parametrize("column", ["verb", "actor", "target", "channel", "request", "stream"])
def test_edited_column_is_found(column: str) -> None:
    tamper(f"UPDATE audit_event SET {column} = 'campaign:2' WHERE id = %s", event_at(7).id)
    outcome, found = verify()
    assert outcome is Outcome.TAMPERED
    assert (Kind.CHANGED, "campaign:1", 7) in found


@pytest.mark.usefixtures("checkpoints")
def test_edited_time_is_found() -> None:
    tamper("UPDATE audit_event SET at = at - interval '1 day' WHERE id = %s", event_at(7).id)
    assert verify() == tampered((Kind.CHANGED, 7))


@pytest.mark.usefixtures("checkpoints")
def test_all_edits_are_reported_and_not_only_the_first() -> None:
    for place in (3, 200, 310, 324):
        tamper("UPDATE audit_event SET body = '{}' WHERE id = %s", event_at(place).id)
    outcome, found = verify()
    assert outcome is Outcome.TAMPERED
    assert [place for kind, _, place in found if kind is Kind.CHANGED] == [3, 200, 310, 324]


@pytest.mark.usefixtures("checkpoints")
def test_edited_body_with_its_leaf_is_found_by_nodes_and_checkpoints() -> None:
    forge(7)
    outcome, found = verify()
    assert outcome is Outcome.TAMPERED
    assert found == tampered((Kind.REORDERED, 0), (Kind.REORDERED, 0), (Kind.REORDERED, 0))[1]


def test_edited_event_after_the_last_checkpoint_is_found_by_the_root(
    checkpoints: list[Checkpoint],
) -> None:
    forge(322)
    assert verify() == tampered((Kind.REORDERED, checkpoints[-1].size))


def forge(place: int) -> None:
    body = event_at(place).body.replace('"verb":"', '"verb":"x')
    tamper(
        "UPDATE audit_event SET body = %s, verb = 'x' || verb WHERE id = %s",
        body,
        event_at(place).id,
    )
    hashed = leaf_hash(body.encode())
    tamper("UPDATE audit_leaf SET hash = %s WHERE event_id = %s", hashed, event_at(place).id)


@pytest.mark.usefixtures("checkpoints")
def test_deleted_event_is_found() -> None:
    tamper("DELETE FROM audit_event WHERE id = %s", event_at(7).id)
    assert verify() == tampered((Kind.DELETED, 7))


@pytest.mark.usefixtures("checkpoints")
def test_deleted_event_with_its_leaf_is_found() -> None:
    event_id = leaf_at(7).event_id
    for table in ("event WHERE id", "leaf WHERE event_id", "disclosure WHERE event_id"):
        tamper(f"DELETE FROM audit_{table} = %s", event_id)
    assert verify() == tampered((Kind.DELETED, 7), (Kind.REORDERED, 0))


@pytest.mark.usefixtures("checkpoints")
def test_deleted_event_with_the_places_closed_up_is_found() -> None:
    event_id = leaf_at(310).event_id
    for table in ("event WHERE id", "leaf WHERE event_id", "disclosure WHERE event_id"):
        tamper(f"DELETE FROM audit_{table} = %s", event_id)
    for place in range(311, 325):
        tamper("UPDATE audit_leaf SET place = %s WHERE place = %s", place - 1, place)
    found = ((Kind.MISDATED, 319), (Kind.REORDERED, 300), (Kind.CUT, 324))
    assert verify() == tampered(*found)


def test_deleted_event_that_had_no_place_yet_is_found(actor: Actor) -> None:
    write(actor, 1)
    tamper("DELETE FROM audit_event")
    tamper("DELETE FROM audit_disclosure")
    assert verify() == (Outcome.TAMPERED, [(Kind.DELETED, "", None)])


@pytest.mark.usefixtures("checkpoints")
def test_inserted_event_without_a_place_is_found(actor: Actor) -> None:
    write(actor, 1)
    tamper("DELETE FROM audit_pending")
    assert verify() == tampered((Kind.INSERTED, None))


@pytest.mark.usefixtures("checkpoints")
def test_inserted_event_with_a_place_is_found(actor: Actor) -> None:
    with clock.set_to(MORNING + timedelta(hours=5)):
        write(actor, 1)
    event = Event.objects.latest("id")
    tamper("DELETE FROM audit_pending")
    for place in range(324, 309, -1):
        move = "UPDATE audit_leaf SET place = %s WHERE stream = 'campaign:1' AND place = %s"
        tamper(move, place + 1, place)
    tamper(
        "INSERT INTO audit_leaf (stream, place, event_id, hash) VALUES (%s, 310, %s, %s)",
        "campaign:1",
        event.id,
        leaf_hash(event.body.encode()),
    )
    outcome, found = verify()
    assert (outcome, found[-2:]) == tampered((Kind.REORDERED, 300), (Kind.INSERTED, 325))


@pytest.mark.usefixtures("checkpoints")
def test_inserted_event_from_another_day_is_found(actor: Actor) -> None:
    with clock.set_to(MORNING - timedelta(days=30)):
        write(actor, 1)
    sealing.seal()
    assert verify() == tampered((Kind.MISDATED, 325))
    assert Verification({}).times is False


@pytest.mark.usefixtures("checkpoints")
def test_reordered_events_are_found() -> None:
    tamper("UPDATE audit_leaf SET place = 999 WHERE place = 301 AND stream = 'campaign:1'")
    tamper("UPDATE audit_leaf SET place = 301 WHERE place = 302 AND stream = 'campaign:1'")
    tamper("UPDATE audit_leaf SET place = 302 WHERE place = 999")
    assert verify() == tampered((Kind.REORDERED, 300), (Kind.REORDERED, 300))


def cut(size: int) -> None:
    for table in ("event e", "disclosure e"):
        key = "id" if table == "event e" else "event_id"
        tamper(
            f"DELETE FROM audit_{table} USING audit_leaf l"
            f" WHERE l.event_id = e.{key} AND l.stream = 'campaign:1' AND l.place >= %s",
            size,
        )
    tamper("DELETE FROM audit_leaf WHERE stream = 'campaign:1' AND place >= %s", size)


@pytest.mark.usefixtures("checkpoints")
def test_cut_tail_is_found() -> None:
    cut(323)
    assert verify() == tampered((Kind.CUT, 323))


def hide_cut(size: int) -> None:
    """Make the stream's own row fit a tail that was cut."""
    tree = Tree()
    for leaf in Leaf.objects.filter(stream="campaign:1").order_by("place"):
        tree.append(bytes(leaf.hash))
    assert tree.size == size
    tamper(
        "UPDATE audit_stream SET size = %s, root = %s, peaks = %s WHERE name = 'campaign:1'",
        size,
        tree.root(),
        tree.peaks,
    )


@pytest.mark.usefixtures("checkpoints")
def test_cut_tail_is_found_by_checkpoints_when_the_stream_was_made_to_fit() -> None:
    cut(310)
    hide_cut(310)
    assert verify() == tampered((Kind.CUT, 310), (Kind.CUT, 310))


@pytest.mark.usefixtures("checkpoints")
def test_cut_tail_is_found_by_the_system_stream_when_its_checkpoint_was_cut_too() -> None:
    cut(310)
    hide_cut(310)
    tamper("DELETE FROM audit_checkpoint WHERE stream = 'campaign:1' AND size = 320")
    assert verify() == tampered((Kind.DELETED, None), (Kind.CUT, 310))


def test_cut_that_nothing_here_tells_of_is_found_by_a_checkpoint_kept_elsewhere(
    actor: Actor,
) -> None:
    for count in (3, 2):
        with transaction.atomic():
            for _ in range(count):
                record(Verb.TRAIL_READ, actor=actor, target="item:1")
        kept = sealing.publish_checkpoint().note
        sealing.seal()
    tamper("DELETE FROM audit_event")
    tamper("DELETE FROM audit_leaf")
    tamper("DELETE FROM audit_checkpoint")
    tamper("DELETE FROM audit_stream")
    assert verify() == (Outcome.VALID, [])
    assert verify({"mine": kept}) == tampered((Kind.CUT, 0), stream="system")


def test_rewritten_history_is_found_by_a_checkpoint_kept_elsewhere(
    checkpoints: list[Checkpoint],
) -> None:
    kept = checkpoints[0].note
    tamper("DELETE FROM audit_checkpoint")
    tamper("DELETE FROM audit_node")
    tamper("DELETE FROM audit_event WHERE stream = 'system'")
    tamper("DELETE FROM audit_leaf WHERE stream = 'system'")
    tamper("DELETE FROM audit_stream WHERE name = 'system'")
    forge(7)
    rebuild_stream_and_nodes()
    assert verify() == (Outcome.VALID, [])
    assert verify({"mine": kept}) == tampered((Kind.REORDERED, 0), (Kind.CHANGED, 0))


def rebuild_stream_and_nodes() -> None:
    tree, insert = Tree(), "INSERT INTO audit_node (stream, height, place, hash) VALUES"
    for leaf in Leaf.objects.filter(stream="campaign:1").order_by("place"):
        ended = tree.append(bytes(leaf.hash))
        if len(ended) > 8:
            tamper(f"{insert} ('campaign:1', 8, %s, %s)", leaf.place >> 8, ended[8])
    hide_cut(325)


def test_forged_checkpoints_are_found(checkpoints: list[Checkpoint]) -> None:
    stranger = Ed25519PrivateKey.generate()
    stated = notes.opened(checkpoints[0].note, keys.public_keys(), keys.verify)
    forged = notes.signed_note(stated, keys.public_of(stranger), stranger.sign)
    tamper("UPDATE audit_checkpoint SET note = %s WHERE id = %s", forged, checkpoints[0].id)
    tamper(
        "UPDATE audit_checkpoint SET at = at - interval '1 day' WHERE id = %s", checkpoints[1].id
    )
    assert verify() == tampered((Kind.FORGED, None), (Kind.FORGED, None))


@pytest.mark.usefixtures("checkpoints")
def test_checkpoint_without_its_event_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_checkpoint (stream, size, root, note, at)"
            " SELECT stream, size, root, note, at FROM audit_checkpoint WHERE size = 320"
        )
    assert verify() == tampered((Kind.INSERTED, None))


@pytest.mark.usefixtures("checkpoints")
def test_changed_node_is_found() -> None:
    tamper("UPDATE audit_node SET hash = %s", bytes(32))
    assert verify() == tampered((Kind.REORDERED, 0))


@pytest.mark.usefixtures("checkpoints")
def test_texts_changed_inserted_and_deleted_are_found() -> None:
    first, second, third, fourth = (event_at(place).id for place in (1, 2, 3, 4))
    tamper("UPDATE audit_disclosure SET text = 'Other' WHERE event_id = %s", first)
    tamper("DELETE FROM audit_disclosure WHERE event_id = %s", second)
    tamper("INSERT INTO audit_disclosure (event_id, name, text) VALUES (%s, 'more', '')", third)
    tamper("UPDATE audit_disclosure SET text = NULL, salt = NULL WHERE event_id = %s", fourth)
    tamper("INSERT INTO audit_disclosure (event_id, name, text) VALUES (999999, 'more', '')")
    outcome, found = verify()
    assert outcome is Outcome.TAMPERED
    assert found == [
        (Kind.CHANGED, "campaign:1", 1),
        (Kind.DELETED, "campaign:1", 2),
        (Kind.INSERTED, "campaign:1", 3),
        (Kind.DELETED, "campaign:1", 4),
        (Kind.INSERTED, "", None),
    ]


@pytest.mark.usefixtures("checkpoints")
def test_event_that_waits_for_a_second_place_is_found() -> None:
    tamper("INSERT INTO audit_pending VALUES (%s)", event_at(7).id)
    assert sealing.seal() == 0
    assert verify() == tampered((Kind.INSERTED, None))


@pytest.mark.usefixtures("checkpoints")
@pytest.mark.parametrize("table", ["event", "leaf", "node", "checkpoint", "disclosure"])
def test_guard_that_is_switched_off_is_found(table: str) -> None:
    switch = f"ALTER TABLE audit_{table} {{}} TRIGGER append_only"
    with connection.cursor() as cursor:
        cursor.execute(switch.format("DISABLE"))
        try:
            assert verify() == (Outcome.TAMPERED, [(Kind.UNGUARDED, "", None)])
        finally:
            cursor.execute(switch.format("ENABLE"))


@pytest.mark.usefixtures("checkpoints")
def test_missing_keys_cannot_tell() -> None:
    for path in Path(settings.VAR_DIR, "keys").iterdir():
        path.unlink()
    assert verify() == (Outcome.CANNOT_TELL, [(Kind.UNPROVED, "", None)])
    assert keys.public_keys() == []


@pytest.mark.usefixtures("checkpoints")
def test_checkpoint_of_a_stranger_cannot_tell() -> None:
    stranger = Ed25519PrivateKey.generate()
    root = notes.Statement("elsewhere/system", 1, bytes(32), "2026-10-05T08:00:00.000000Z")
    note = notes.signed_note(root, keys.public_of(stranger), stranger.sign)
    assert verify({"mine": note}) == (Outcome.CANNOT_TELL, [(Kind.UNPROVED, "", None)])
    own = keys.signing_key()
    ours = notes.signed_note(root, keys.public_of(own), own.sign)
    assert verify({"mine": ours}) == (Outcome.CANNOT_TELL, [(Kind.UNPROVED, "", None)])


def test_verification_inside_a_transaction_is_refused() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        verify()


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("verify_audit_trail", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.usefixtures("checkpoints")
def test_command_exits_with_0_for_a_valid_trail_and_keeps_the_result() -> None:
    assert run() == (0, "Valid: 328 events in 2 streams, 0 problems.\n")
    kept = json.loads(Event.objects.get(verb=Verb.TRAIL_VERIFIED).body)
    assert kept["data"] == {"events": 328, "kept": 0, "problems": 0, "result": "valid"}
    assert kept["actor"].startswith("system:command line (")


@pytest.mark.usefixtures("checkpoints")
def test_command_exits_with_1_for_a_tampered_trail() -> None:
    event_id = event_at(7).id
    tamper("UPDATE audit_event SET body = '{}' WHERE id = %s", event_id)
    code, said = run()
    assert (code, said.split("\n")[0]) == (
        1,
        f"changed: campaign:1, place 7, event {event_id}: The event was changed.",
    )
    code, said = run("--json")
    report = json.loads(said)
    assert (code, report["result"], report["found"]) == (1, "tampered", len(report["problems"]))
    assert report["problems"][0] == {
        "kind": "changed",
        "sentence": "The event was changed.",
        "stream": "campaign:1",
        "place": 7,
        "event": event_id,
    }


def test_command_takes_checkpoints_kept_elsewhere(
    checkpoints: list[Checkpoint], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(checkpoints[1].note)
    assert run("--checkpoint", str(kept))[0] == 0
    kept.write_text(checkpoints[1].note.replace("\n320\n", "\n321\n"))
    assert run("--checkpoint", str(kept))[0] == 2


@pytest.mark.parametrize(
    "prepare",
    [
        lambda path: None,  # noqa: ARG005 - the file is missing
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.mkdir(),
    ],
    ids=["missing", "not text", "a folder"],
)
def test_command_exits_with_2_for_a_checkpoint_that_cannot_be_read(
    prepare: Callable[[Path], object], tmp_path: Path
) -> None:
    path = tmp_path / "kept"
    prepare(path)
    with pytest.raises(CommandError, match="cannot be read") as refused:
        run("--checkpoint", str(path))
    assert refused.value.returncode == 2


def test_command_exits_with_2_when_it_crashes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_leaf RENAME TO audit_gone")
    try:
        with pytest.raises(CommandError, match="Cannot tell: ProgrammingError") as crashed:
            run()
        assert crashed.value.returncode == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE audit_gone RENAME TO audit_leaf")


def test_event_body_that_is_no_event_is_found(actor: Actor) -> None:
    write(actor, 1)
    for body in ("not JSON", "[]", canonical({"private": 7})):
        tamper("UPDATE audit_event SET body = %s", body)
        sealing.seal()
        found = verify()[1]
        assert (Kind.CHANGED, "campaign:1", 0) in found


def run_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    place = urlsplit(os.environ["DATABASE_URL"])
    database = place._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    given = {
        **os.environ,
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "portx_access.settings",
        "SECRET_KEY": "for-a-process-of-a-test-" + "0" * 50,
        "VAR_DIR": str(settings.VAR_DIR),
        **environment,
    }
    command = [sys.executable, "manage.py", "verify_audit_trail", *arguments]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)


@pytest.mark.usefixtures("checkpoints")
def test_process_exits_with_0_when_valid_and_1_when_tampered() -> None:
    done = run_process("--json")
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (0, [])
    tamper("UPDATE audit_event SET body = '{}' WHERE id = %s", event_at(7).id)
    assert run_process().returncode == 1


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--checkpoint", "no such file"], {}),
        ([], {"PUBLIC_URL": "ftp://nowhere"}),
        ([], {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}),
    ],
    ids=["file", "settings", "database"],
)
def test_process_exits_with_2_when_it_cannot_tell(
    arguments: list[str], environment: dict[str, str]
) -> None:
    assert run_process(*arguments, **environment).returncode == 2
