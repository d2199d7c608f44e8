"""The inventory of systems, and the page of each: its accounts, its runs, its facts."""

from typing import Any

from django.contrib import messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import rules
from accounts.actions.exports import record_export
from accounts.actions.systems import (
    INVENTORY,
    create_system,
    import_inventory,
    reinstate_system,
    retire_system,
    update_system,
)
from accounts.actors import from_request
from accounts.enums import Criticality, DataClass
from accounts.forms.systems import SystemForm
from accounts.models import ImportRun, Source, System
from accounts.queries import Matched, count_matched, list_accounts, list_systems
from accounts.views.lists import accounts_list
from accounts.views.marking import highest, marking
from accounts.views.refusals import try_act
from accounts.views.scope import get_system, those_who_run_only, user_of
from accounts.views.sources import RUNS
from accounts.views.tables import table_page
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer

SYSTEMS = List(
    columns=(
        Column("name", "System", order="name"),
        Column("data_class", "Data class", value="get_data_class_display"),
        Column("criticality", "Criticality", value="get_criticality_display"),
        Column("owner", "Owner", order="owner_name"),
        Column("description", "What it is", on_page=False),
        Column("owner_reviews", "Owner reviews", on_page=False),
        Column("held", "Accounts", number=True),
        Column("orphaned", "Of nobody", number=True),
        Column("violations", "Findings", number=True),
        Column("unconfirmed", "Rights to confirm", number=True),
        Column("retired_at", "Retired", on_page=False),
    ),
    order=("name", "id"),
    filters=(
        Search("q", "Search", columns=("name", "owner__name", "description")),
        Choice("data_class", "Data class", choices=DataClass.choices),
        Choice("criticality", "Criticality", choices=Criticality.choices),
        YesNo("covered", "Covered", where=Q(source__current_run__isnull=False)),
        YesNo("owned", "Has an owner", where=Q(owner__isnull=False)),
        YesNo("retired", "Retired", where=Q(retired_at__isnull=False)),
    ),
)


@require_safe
def systems(request: HttpRequest) -> HttpResponseBase:
    user, actor = user_of(request), from_request(request)
    rows = list_systems(user).annotate(owner_name=F("owner__name"))
    return answer(
        request,
        "accounts/systems.html",
        SYSTEMS,
        rows,
        name="systems",
        marking=marking(request, rows, "data_class"),
        context={"may": rules.may_run(user)},
        on_export=lambda form: record_export(
            "systems", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def system(request: HttpRequest, system_id: int) -> HttpResponseBase:
    """Its accounts, under what is known of it."""
    system, actor = get_system(request, system_id), from_request(request)
    return answer(
        request,
        "accounts/system.html",
        accounts_list(user=user_of(request), of_one_system=True),
        list_accounts(user_of(request)).filter(system=system),
        name=f"accounts of {system}",
        marking=highest([system.data_class]),
        context=frame(request, system),
        on_export=lambda form: record_export(
            f"accounts_{system.pk}", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def system_runs(request: HttpRequest, system_id: int) -> HttpResponseBase:
    system, actor = get_system(request, system_id), from_request(request)
    rows = ImportRun.objects.filter(source__system=system).select_related("source__system")
    return answer(
        request,
        "accounts/system_runs.html",
        RUNS,
        rows,
        name=f"import runs of {system}",
        marking=highest([system.data_class]),
        context=frame(request, system),
        on_export=lambda form: record_export(
            f"runs_{system.pk}", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


def frame(request: HttpRequest, system: System) -> dict[str, object]:
    """What stands on top of every page of a system."""
    user = user_of(request)
    source = Source.objects.filter(system=system).select_related("current_run").first()
    run = source.current_run if source else None
    return {
        "system": system,
        "run": run,
        "matched": count_matched(system) if run else Matched(0, 0),
        "may": rules.may_act_for_system(user, system),
        "may_edit": rules.may_run(user),
        "import_url": f"{reverse('accounts:import_accounts')}?system={system.pk}",
    }


def create(request: HttpRequest) -> HttpResponse:
    those_who_run_only(request)
    form = SystemForm(request.POST or None, initial={"name": request.GET.get("name", "")})
    made: list[System] = []
    actor = from_request(request)
    if form.is_valid() and try_act(
        request, form, lambda: made.append(create_system(actor=actor, **form.cleaned_data))
    ):
        messages.success(request, f"{made[0]} is in the inventory. Import its accounts next.")
        return redirect("accounts:system", made[0].pk)
    return _form_page(request, form, {})


def edit(request: HttpRequest, system_id: int) -> HttpResponse:
    those_who_run_only(request)
    system, actor = get_system(request, system_id), from_request(request)
    form = SystemForm(request.POST or None, initial=SystemForm.initial_of(system))
    if form.is_valid() and try_act(
        request, form, lambda: update_system(system, actor=actor, **form.cleaned_data)
    ):
        messages.success(request, f"{form.cleaned_data['name']} is changed.")
        return redirect("accounts:system", system.pk)
    return _form_page(request, form, {"system": system})


def _form_page(request: HttpRequest, form: SystemForm, context: dict[str, Any]) -> HttpResponse:
    shown = {"form": form, **context}
    return render(request, "accounts/system_form.html", shown, status=422 if form.errors else 200)


@require_POST
def retire(request: HttpRequest, system_id: int) -> HttpResponse:
    """Retire a system, or take a retired one back."""
    those_who_run_only(request)
    system, actor = get_system(request, system_id), from_request(request)
    if request.POST.get("back"):
        reinstate_system(system, actor=actor)
        messages.success(request, f"{system} is back in the inventory.")
    else:
        retire_system(system, actor=actor)
        messages.success(request, f"{system} is retired: later campaigns leave it out.")
    return redirect("accounts:system", system.pk)


def inventory(request: HttpRequest) -> HttpResponse:
    """Read a file of systems."""
    those_who_run_only(request)
    actor = from_request(request)
    return table_page(
        request,
        "accounts/inventory.html",
        columns=INVENTORY,
        take=lambda rows: import_inventory(rows, actor=actor),
        then=reverse("accounts:systems"),
        context={},
    )
