"""The explorer of the trail: events, the proof of each, checkpoints to keep elsewhere."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from audit.actions import note_export, note_reading
from audit.actors import Actor, Channel
from audit.lists import EXPORTED, checkpoint_list, event_list, json_line
from audit.models import Checkpoint, Event, Leaf
from audit.queries import Proof, history_of, proof_of
from audit.reading import Reading, read, read_all
from audit.verbs import Verb
from listing.address import EXPORT, link
from listing.export import MOST_XLSX_ROWS, csv_lines, file_name, xlsx_file
from listing.lists import Shown
from listing.views import TOO_LONG, answer

# Compared as words: users are a floor above this room.
READERS = frozenset({"auditor", "security", "administrator"})
# The trail holds reasons about accounts of any system.
MARKING = "Customer Confidential"
SHOWN_HISTORY = 20
FORMS = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def events(request: HttpRequest) -> HttpResponseBase:
    """All acts, newest first; looks at the trail itself only where they are asked for."""
    actor, listed = _reader(request), event_list()
    rows = _with_reads(request, Event.objects.all())
    if request.GET.get(EXPORT) in FORMS:
        return _export(request, actor, listed.select(request.GET, rows))
    note_reading("events", actor=actor, asked=request.GET.urlencode())
    shown: Shown[Any] = listed.show(request.GET, rows)
    context = {
        "shown": replace(shown, rows=read(shown.rows)),
        "jsonl": link(request.GET, **{EXPORT: "jsonl"}),
        "reads": "reads" in request.GET,
        "reads_link": link(request.GET, without=["reads"])
        if "reads" in request.GET
        else link(request.GET, reads="yes"),
    }
    return render(request, "audit/events.html", context)


@require_safe
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """One event: what was hashed, its place, and the proof that it is in its stream."""
    actor = _reader(request)
    found = get_object_or_404(Event, pk=event_id)
    note_reading("event", actor=actor, asked=str(event_id))
    leaf = Leaf.objects.filter(event_id=event_id).first()
    proof, fault = _proof(leaf)
    history = list(history_of(found.target)[: SHOWN_HISTORY + 1])
    context = {
        "reading": read([found])[0],
        "body": _indented(found.body),
        "leaf": leaf,
        "proof": proof,
        "fault": fault,
        "history": read(history[:SHOWN_HISTORY]),
        "more_history": len(history) > SHOWN_HISTORY,
    }
    return render(request, "audit/event.html", context)


@require_safe
def checkpoints(request: HttpRequest) -> HttpResponseBase:
    actor = _reader(request)
    note_reading("checkpoints", actor=actor, asked=request.GET.urlencode())
    rows = Checkpoint.objects.all()
    return answer(
        request,
        "audit/checkpoints.html",
        checkpoint_list(),
        rows,
        name="checkpoints",
        marking="Internal",
        on_export=lambda form: note_export("checkpoints", form, rows.count(), actor=actor),
    )


@require_safe
def checkpoint(request: HttpRequest, checkpoint_id: int) -> HttpResponse:
    """The signed note as a file, to keep where nobody here can change it."""
    actor = _reader(request)
    found = get_object_or_404(Checkpoint, pk=checkpoint_id)
    note_reading("checkpoint", actor=actor, asked=str(checkpoint_id))
    name = f"checkpoint-{found.stream.replace(':', '-')}-{found.size}.txt"
    return HttpResponse(
        found.note,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _reader(request: HttpRequest) -> Actor:
    """Who reads, as an actor; for all others there is no such page."""
    if getattr(request.user, "role", "") not in READERS or request.user.pk is None:
        raise Http404
    return Actor.user(request.user.pk, Channel.PAGE, request=request.META.get("REQUEST_ID", ""))


def _with_reads(request: HttpRequest, rows: QuerySet[Event]) -> QuerySet[Event]:
    """Looks at the trail would bury the acts: they are left out unless asked for, as is said."""
    return rows if "reads" in request.GET else rows.exclude(verb=Verb.TRAIL_READ)


def _proof(leaf: Leaf | None) -> tuple[Proof | None, str]:
    if leaf is None:
        return None, ""
    try:
        return proof_of(leaf), ""
    except LookupError as error:
        return None, str(error)


def _indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def _jsonl(readings: Iterable[Reading]) -> Iterator[str]:
    for reading in readings:
        yield json.dumps(json_line(reading), ensure_ascii=False) + "\n"


def _export(request: HttpRequest, actor: Actor, rows: QuerySet[Event]) -> HttpResponseBase:
    form, count = request.GET[EXPORT], rows.count()
    if form == "xlsx" and count > MOST_XLSX_ROWS:
        messages.error(request, TOO_LONG)
        return redirect(request.path + link(request.GET))
    note_export("events", form, count, actor=actor, asked=request.GET.urlencode())
    name, readings = file_name("trail", MARKING, form), read_all(rows.iterator())
    if form == "xlsx":
        book = xlsx_file(EXPORTED, readings, marking=MARKING)
        return FileResponse(book, as_attachment=True, filename=name)
    lines = csv_lines(EXPORTED, readings, marking=MARKING) if form == "csv" else _jsonl(readings)
    return StreamingHttpResponse(
        lines,
        content_type=f"{FORMS[form]}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
