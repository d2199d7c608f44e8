"""The second page of an import: how the files are written, and what their columns mean.

It is about a draft, kept in the session of whoever makes it so that leaving the page loses
nothing, or about a run that is not imported yet.
"""

from collections.abc import Mapping
from dataclasses import asdict
from secrets import token_hex
from typing import Any, Protocol

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.actions.drafts import Draft, read_draft
from accounts.actions.imports import map_columns
from accounts.actors import from_request
from accounts.connectors.base import ACCOUNT, PERSON, AskEncoding, ConnectorError, RecordShape
from accounts.enums import RunState
from accounts.forms.imports import FIELD_WORDS, ColumnsForm, EncodingForm
from accounts.importing.looking import Look, look_at
from accounts.importing.reading import shape_of
from accounts.models import ImportRun
from accounts.views.refusals import try_act
from accounts.views.scope import get_run, may_import

DRAFTS, LOOKED = "imports", "looked_at"
MOST_DRAFTS = 5


class Subject(Protocol):
    """Files whose columns are asked about."""

    title: str
    here: str
    back: str
    names: list[str]
    paths: list[str]
    shape: RecordShape
    options: dict[str, Any]
    wanted: dict[str, str]
    ask_orders: bool
    problem: str

    def remember(self, options: Mapping[str, Any]) -> None:
        """Keep how to read the files, and look at them again."""

    def read(self, form: ColumnsForm) -> int:
        """Have them read; gives the id of the run."""


class _OfDraft:
    ask_orders = False
    problem = ""

    def __init__(self, request: HttpRequest, key: str, draft: Draft) -> None:
        self.request, self.key, self.draft = request, key, draft
        source = draft.source
        self.title = draft.title
        self.here = reverse("accounts:draft", args=[key])
        self.back = reverse(f"accounts:import_{'people' if draft.roster else 'accounts'}")
        self.names, self.paths = [name for name, _ in draft.files], draft.paths
        self.shape = PERSON if draft.roster else ACCOUNT
        self.options = {**(source.config if source else {}), **draft.options}
        self.wanted = dict(source.mapping) if source else {}

    def remember(self, options: Mapping[str, Any]) -> None:
        self.draft.options = {**self.draft.options, **options}
        save_draft(self.request, self.draft, self.key)

    def read(self, form: ColumnsForm) -> int:
        actor = from_request(self.request)
        run = read_draft(self.draft, actor=actor, mapping=form.mapping, options=form.options)
        del self.request.session[DRAFTS][self.key]
        self.request.session.modified = True
        return run.pk


class _OfRun:
    def __init__(self, request: HttpRequest, run: ImportRun) -> None:
        self.request, self.run = request, run
        files = list(run.files.order_by("place"))
        self.title = run.source.name
        self.here = reverse("accounts:run_columns", args=[run.pk])
        self.back = reverse("accounts:run", args=[run.pk])
        self.names, self.paths = [file.name for file in files], [file.path for file in files]
        self.shape = shape_of(run)
        self.looked: Mapping[str, Any] = request.session.get(LOOKED, {}).get(str(run.pk), {})
        self.options = {**run.options, **self.looked}
        self.wanted = {**run.source.mapping, **run.mapping}
        self.ask_orders = run.state == RunState.FAILED
        self.problem = run.error if self.ask_orders else ""

    def remember(self, options: Mapping[str, Any]) -> None:
        self.request.session[LOOKED] = {str(self.run.pk): {**self.looked, **options}}

    def read(self, form: ColumnsForm) -> int:
        map_columns(
            self.run,
            actor=from_request(self.request),
            mapping=form.mapping,
            options={**self.looked, **form.options},
        )
        return self.run.pk


def save_draft(request: HttpRequest, draft: Draft, key: str = "") -> str:
    """Keep the draft in the session; gives the key by which it is found there."""
    key = key or token_hex(8)
    drafts = {**request.session.get(DRAFTS, {}), key: asdict(draft)}
    request.session[DRAFTS] = dict(list(drafts.items())[-MOST_DRAFTS:])
    return key


def of_draft(request: HttpRequest, key: str) -> HttpResponse:
    said = request.session.get(DRAFTS, {}).get(key)
    if said is None:
        raise Http404
    return _answer(request, _OfDraft(request, key, Draft(**said)))


def of_run(request: HttpRequest, run_id: int) -> HttpResponse:
    run = get_run(request, run_id)
    unread = run.state in {RunState.UPLOADED, RunState.STAGED, RunState.FAILED}
    if not unread or not may_import(request, run.source):
        raise Http404
    return _answer(request, _OfRun(request, run))


def _answer(request: HttpRequest, subject: Subject) -> HttpResponse:
    try:
        look = _look_at(subject)
    except AskEncoding as question:
        return _ask_encoding(request, subject, question)
    except ConnectorError as error:
        shown = {"subject": subject, "problem": str(error)}
        return render(request, "accounts/import_unreadable.html", shown, status=422)
    form = ColumnsForm(
        request.POST or None,
        look=look,
        shape=subject.shape,
        options=subject.options,
        ask_orders=subject.ask_orders,
    )
    if form.is_valid():
        if form.looks_elsewhere:
            subject.remember(form.reading)
            return redirect(subject.here)
        read: list[int] = []
        if try_act(request, form, lambda: read.append(subject.read(form))):
            return redirect("accounts:run", *read)
    derived = [FIELD_WORDS[name] for name in look.derived]
    shown = {"subject": subject, "form": form, "look": look, "derived": derived}
    return render(
        request, "accounts/import_columns.html", shown, status=422 if form.errors else 200
    )


def _look_at(subject: Subject) -> Look:
    """What was kept of an earlier file, and does not fit this one, is left out and said."""
    try:
        return look_at(subject.paths, subject.shape, options=subject.options, wanted=subject.wanted)
    except AskEncoding:
        raise
    except ConnectorError as error:
        subject.options = {**subject.options, "sheet": None, "encoding": None}
        look = look_at(subject.paths, subject.shape, options=subject.options, wanted=subject.wanted)
        subject.problem = f"Not read as the last file was. {error}"
        return look


def _ask_encoding(request: HttpRequest, subject: Subject, question: AskEncoding) -> HttpResponse:
    form = EncodingForm(request.POST or None, choices=question.choices)
    if form.is_valid():
        subject.remember({"encoding": form.cleaned_data["encoding"]})
        return redirect(subject.here)
    shown = {
        "subject": subject,
        "form": form,
        "question": str(question),
        "choices": question.choices,
    }
    return render(
        request, "accounts/import_encoding.html", shown, status=422 if form.errors else 200
    )
