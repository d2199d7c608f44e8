"""One import run: how far it is, what it would do, why it is held, what it proves."""

import io
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import rules
from accounts.actions.exports import record_export
from accounts.actions.holds import approve_taking, asker_of, request_to_take
from accounts.actions.imports import discard_run, latest_job, start_import
from accounts.actors import from_request
from accounts.connectors.base import Completeness
from accounts.connectors.rejected import write_rejected
from accounts.enums import FindingState, RunState
from accounts.forms.imports import FIELD_WORDS, ReasonForm
from accounts.importing.reading import is_roster, shape_of
from accounts.importing.rejects import in_order
from accounts.models import Entitlement, Finding, ImportRun, Person
from accounts.queries import actor_name, count_matched
from accounts.views.marking import highest
from accounts.views.refusals import try_act
from accounts.views.scope import get_run, may_import, user_of
from jobs.models import Job, JobState
from jobs.queries import take_pulse
from jobs.queue import get_progress
from listing.export import file_name

SHOWN_REJECTS = 20
COUNTS = ("rows_read", "imported", "rejected", "created", "updated", "unchanged", "vanished")
BUSY = frozenset({RunState.UPLOADED, RunState.IMPORTING})
# Which step of an import a state is about: File, Columns, Check, Import.
STEPS = {
    RunState.UPLOADED: 3,
    RunState.FAILED: 3,
    RunState.STAGED: 3,
    RunState.IMPORTING: 4,
    RunState.HELD: 4,
    RunState.COMPLETE: 5,
    RunState.DISCARDED: 5,
}


@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """The page of a run; it asks again by itself while something is going on."""
    return _page(request, get_run(request, run_id), ReasonForm())


@require_POST
def start(request: HttpRequest, run_id: int) -> HttpResponse:
    run = _run_to_act_on(request, run_id)
    start_import(run, actor=from_request(request))
    return redirect("accounts:run", run.pk)


@require_POST
def discard(request: HttpRequest, run_id: int) -> HttpResponse:
    run = _run_to_act_on(request, run_id)
    discard_run(run, actor=from_request(request), reason=request.POST.get("reason", ""))
    messages.success(request, "The run is discarded. The picture is as it was.")
    return redirect("accounts:sources")


@require_POST
def ask(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask for leave to take a held run."""
    run = _run_to_act_on(request, run_id)
    form = ReasonForm(request.POST)
    reason = form.data.get("reason", "")
    if form.is_valid() and try_act(
        request, form, lambda: request_to_take(run, actor=from_request(request), reason=reason)
    ):
        messages.success(request, "Asked. Somebody else of the security team approves it here.")
        return redirect("accounts:run", run.pk)
    return _page(request, run, form)


@require_POST
def approve(request: HttpRequest, run_id: int) -> HttpResponse:
    run = _run_to_act_on(request, run_id)
    approve_taking(run, actor=from_request(request))
    return redirect("accounts:run", run.pk)


@require_safe
def rejected(request: HttpRequest, run_id: int) -> FileResponse:
    """The rejected rows as a file to mend, with their numbers and the reasons."""
    run = get_run(request, run_id)
    if not run.rejected_rows.exists():
        raise Http404
    record_export(f"rejected_rows_{run.pk}", actor=from_request(request), form="csv", asked="")
    fields = _fields_said(run)
    target = TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(target, "utf-8-sig", newline="")
    write_rejected(text, [run.mapping.get(name) or name for name in fields], _rows(run, fields))
    text.detach()
    target.seek(0)
    system = run.source.system
    marking = highest([system.data_class] if system else [])
    title = file_name(f"rejected rows of {run.source}", marking, "csv")
    return FileResponse(target, as_attachment=True, filename=title)


def _fields_said(run: ImportRun) -> list[str]:
    said = {name for row in run.rejected_rows.all()[:1000] for name in row.fields}
    return [name for name in shape_of(run).fields if name in said or run.mapping.get(name)]


def _rows(run: ImportRun, fields: list[str]) -> Iterator[tuple[int, list[str], str]]:
    for row in in_order(run):
        yield row.row_number, [row.fields.get(name) or "" for name in fields], row.reason


def _run_to_act_on(request: HttpRequest, run_id: int) -> ImportRun:
    run = get_run(request, run_id)
    if not may_import(request, run.source):
        raise Http404
    return run


def _page(request: HttpRequest, run: ImportRun, form: ReasonForm) -> HttpResponse:
    state = RunState(run.state)
    job = _job_of(run)
    busy = state in BUSY or (job is not None and job.state not in {JobState.DONE, JobState.FAILED})
    planned = state in {RunState.STAGED, RunState.HELD}
    shown: dict[str, Any] = {
        "run": run,
        "system": run.source.system,
        "roster": is_roster(run),
        "files": run.files.order_by("place"),
        "counts": {name: _count(run, name, planned=planned) for name in COUNTS},
        "proof": Completeness(run.rows_read, run.imported, run.rejected, run.source_count).proof,
        "step": STEPS[state],
        "by": actor_name(run.uploaded_by_ref),
        "busy": busy,
        "progress": get_progress(job) if job and busy else None,
        "no_worker": busy and not take_pulse().worker,
        "may": may_import(request, run.source),
        "rejects": run.rejected_rows.select_related("file").order_by("file__place", "row_number")[
            :SHOWN_REJECTS
        ],
        "samples": [_sample(each) for each in run.preview.get("samples", [])] if planned else [],
        "form": form,
        **(_hold(request, run) if state == RunState.HELD else {}),
        **(_after(run) if state == RunState.COMPLETE else {}),
    }
    if run.acknowledged_by_ref:
        shown["taken_by"] = actor_name(run.taken_by_ref)
        shown["acknowledged_by"] = actor_name(run.acknowledged_by_ref)
    return render(request, "accounts/run.html", shown, status=422 if form.errors else 200)


def _job_of(run: ImportRun) -> Job | None:
    try:
        return latest_job(run)
    except Job.DoesNotExist:
        return None


def _count(run: ImportRun, name: str, *, planned: bool) -> int:
    found: int = run.preview.get(name, 0) if planned else getattr(run, name)
    return found


def _sample(sample: dict[str, Any]) -> dict[str, Any]:
    return {**sample, "heads": [FIELD_WORDS.get(name, name) for name in sample["fields"]]}


def _hold(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    user, asker = user_of(request), asker_of(run)
    approves = asker is not None and rules.may_run(user) and user.pk != asker.pk
    return {"asker": asker, "may_approve": approves}


def _after(run: ImportRun) -> dict[str, Any]:
    """What the new picture leaves to do."""
    system = run.source.system
    if system is None:
        people = Person.objects.filter(source=run.source, gone_at=None)
        problems = people.exclude(manager_problem="").count()
        return {"people": people.count(), "manager_problems": problems}
    open_findings = Finding.objects.filter(system=system, state=FindingState.OPEN)
    return {
        "matched": count_matched(system),
        "findings": open_findings.count(),
        "unconfirmed": Entitlement.objects.filter(system=system, confirmed_at=None).count(),
    }
