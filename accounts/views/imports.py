"""The first page of an import: the files, and where they come from."""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import rules
from accounts.actions.drafts import Draft, keep_files
from accounts.actors import from_request
from accounts.connectors.base import ACCOUNT, PERSON, RecordShape
from accounts.enums import SourceKind
from accounts.forms.imports import FIELD_WORDS, AccountsForm, PeopleForm, UploadForm
from accounts.models import Source, System
from accounts.views.columns import save_draft
from accounts.views.scope import those_who_run_only, user_of


def people(request: HttpRequest) -> HttpResponse:
    """The files of a roster."""
    those_who_run_only(request)
    rosters = Source.objects.filter(kind=SourceKind.ROSTER).order_by("name")
    first = request.GET.get("roster") or (rosters[0].name if rosters else "Employees")
    form = PeopleForm(request.POST or None, request.FILES or None, initial={"roster": first})
    if request.method == "POST" and form.is_valid():
        draft = Draft(SourceKind.ROSTER, [], roster=form.cleaned_data["roster"], **form.said)
        return _keep(request, form, draft)
    return _upload_page(request, form, PERSON, {"rosters": rosters})


def accounts(request: HttpRequest) -> HttpResponse:
    """The files of a system's accounts and rights."""
    user = user_of(request)
    may_add = rules.may_run(user)
    systems = System.objects.filter(retired_at=None).order_by("name")
    if not may_add:
        systems = systems.filter(owner__isnull=False, owner=user.person_id)
        if not systems:
            raise Http404
    form = AccountsForm(
        request.POST or None,
        request.FILES or None,
        systems=systems,
        may_add=may_add,
        initial={"system": request.GET.get("system")},
    )
    if request.method == "POST" and form.is_valid():
        return _keep(request, form, _accounts_draft(form))
    return _upload_page(request, form, ACCOUNT, {})


def _accounts_draft(form: AccountsForm) -> Draft:
    found = form.cleaned_data
    if system := found["system"]:
        return Draft(SourceKind.SYSTEM, [], system_id=system.pk, **form.said)
    return Draft(
        SourceKind.SYSTEM,
        [],
        name=found["name"],
        data_class=found["data_class"],
        owner_id=found["owner"] and found["owner"].pk,
        **form.said,
    )


def _keep(request: HttpRequest, form: UploadForm, draft: Draft) -> HttpResponse:
    files = [(file.name, file) for file in form.cleaned_data["file"]]
    draft.files = keep_files(files, actor=from_request(request))
    return redirect("accounts:draft", save_draft(request, draft))


def _upload_page(
    request: HttpRequest, form: UploadForm, shape: RecordShape, context: Mapping[str, object]
) -> HttpResponse:
    required = {name for group in shape.required for name in group}
    optional = [FIELD_WORDS[name] for name in shape.fields if name not in required]
    needed = [[FIELD_WORDS[name] for name in group] for group in shape.required]
    shown = {"form": form, "people": shape is PERSON, "needed": needed, "optional": optional}
    status = 422 if form.errors else 200
    return render(request, "accounts/import_upload.html", {**shown, **context}, status=status)
