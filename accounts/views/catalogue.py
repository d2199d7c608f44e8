"""The catalogue of a system: what its rights mean, described row by row or in a file."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.catalogue import (
    COLUMNS,
    catalogue_mark,
    confirm_catalogue,
    export_catalogue,
    import_catalogue,
    update_entry,
)
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.enums import Answer
from accounts.forms.systems import EntryForm
from accounts.models import Entitlement
from accounts.queries import list_catalogue
from accounts.views.marking import highest
from accounts.views.refusals import try_act
from accounts.views.scope import get_system, get_system_to_act_for, user_of
from accounts.views.systems import frame
from accounts.views.tables import table_page
from listing.columns import Column
from listing.export import file_name
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer

# To some teams, or to some roles of temporary accounts. The teams are asked for by a subquery: a
# join would show a right once for each of them.
LIMITED = ~Q(allowed_roles=[]) | Q(
    pk__in=Entitlement.allowed_teams.through.objects.values("entitlement_id")
)

CATALOGUE = List(
    columns=(
        Column("right", "Right", value="key", order="key"),
        Column("plain_words", "In plain words", order="plain_words"),
        Column("permits", "Permits", on_page=False),
        Column("description", "As the source says", on_page=False),
        Column("privileged", "Privileged", value=lambda row: row.is_privileged, on_page=False),
        Column("baseline", "Baseline", on_page=False),
        Column(
            "allowed_teams",
            "Allowed teams",
            value=lambda row: [team.name for team in row.allowed_teams.all()],
            on_page=False,
        ),
        Column("allowed_roles", "Allowed roles", value="allowed_roles", on_page=False),
        Column("held", "Held", order="held", number=True),
        Column("version", "Version", on_page=False),
        Column("confirmed", "Confirmed", value="confirmed_at", order="confirmed_at"),
        Column("edit", "Describe", in_export=False),
    ),
    order=("key", "id"),
    filters=(
        Search("q", "Search", columns=("key", "plain_words", "permits", "description")),
        YesNo("confirmed", "Confirmed", where=Q(confirmed_at__isnull=False)),
        YesNo("described", "Described", where=~Q(plain_words="")),
        Choice("privileged", "Privileged", choices=Answer.choices),
        YesNo("baseline", "Baseline", where=Q(baseline=True)),
        YesNo("limited", "Limited", where=LIMITED),
    ),
)


@require_safe
def catalogue(request: HttpRequest, system_id: int) -> HttpResponseBase:
    system, actor = get_system(request, system_id), from_request(request)
    rights = Entitlement.objects.filter(system=system)
    waiting = rights.filter(confirmed_at=None)
    return answer(
        request,
        "accounts/catalogue.html",
        CATALOGUE,
        list_catalogue(user_of(request)).filter(system=system),
        name=f"catalogue of {system}",
        marking=highest([system.data_class]),
        context={
            **frame(request, system),
            "waiting": waiting.exclude(plain_words="").count(),
            "silent": waiting.filter(plain_words="").count(),
            "mark": catalogue_mark(system),
        },
        on_export=lambda form: record_export(
            f"catalogue_{system.pk}", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


def entry(request: HttpRequest, system_id: int, entitlement_id: int) -> HttpResponse:
    """Describe one right: in its row with script, on a page without."""
    system = get_system_to_act_for(request, system_id)
    rows = list_catalogue(user_of(request)).filter(system=system)
    right = get_object_or_404(rows, pk=entitlement_id)
    actor, in_row = from_request(request), bool(request.headers.get("HX-Request"))
    if in_row and "row" in request.GET:
        return render(request, "accounts/_entry_row.html", {"row": right, "may": True})
    form = EntryForm(request.POST or None, entitlement=right)
    if form.is_valid() and try_act(
        request, form, lambda: update_entry(right, actor=actor, **form.cleaned_data)
    ):
        if in_row:
            row = rows.get(pk=right.pk)
            return render(
                request, "accounts/_entry_row.html", {"row": row, "may": True, "saved": True}
            )
        return redirect(reverse("accounts:catalogue", args=[system.pk]) + f"#entry-{right.pk}")
    template = "accounts/_entry_form.html" if in_row else "accounts/entry.html"
    shown = {"form": form, "row": right, "system": system}
    return render(request, template, shown, status=422 if form.errors else 200)


@require_POST
def confirm(request: HttpRequest, system_id: int) -> HttpResponse:
    system = get_system_to_act_for(request, system_id)
    mark = request.POST.get("mark", "")
    confirmed = confirm_catalogue(system, actor=from_request(request), mark=mark)
    said = "1 right is" if confirmed == 1 else f"{confirmed:,} rights are"
    messages.success(request, f"{said} confirmed.")
    return redirect("accounts:catalogue", system.pk)


@require_safe
def as_file(request: HttpRequest, system_id: int) -> StreamingHttpResponse:
    """The catalogue as CSV, to be changed and read again."""
    system = get_system(request, system_id)
    actor = from_request(request)
    record_export(f"catalogue_file_{system.pk}", actor=actor, form="csv", asked="")
    title = file_name(f"catalogue of {system}", highest([system.data_class]), "csv")
    return StreamingHttpResponse(
        export_catalogue(system),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{title}"'},
    )


def from_file(request: HttpRequest, system_id: int) -> HttpResponse:
    system = get_system_to_act_for(request, system_id)
    actor = from_request(request)
    return table_page(
        request,
        "accounts/catalogue_file.html",
        columns=COLUMNS,
        take=lambda rows: import_catalogue(system, rows, actor=actor),
        then=reverse("accounts:catalogue", args=[system.pk]),
        context={"system": system},
    )
