"""Teams: who leads each, and where it is reached."""

from django.contrib import messages
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.actions.exports import record_export
from accounts.actions.teams import create_team, update_team
from accounts.actors import from_request
from accounts.enums import DataClass
from accounts.forms.systems import TeamForm
from accounts.models import Team
from accounts.queries import list_teams
from accounts.rules import may_run
from accounts.views.refusals import try_act
from accounts.views.scope import those_who_read_all_only, those_who_run_only, user_of
from listing.columns import Column
from listing.filters import Search, YesNo
from listing.lists import List
from listing.views import answer

TEAMS = List(
    columns=(
        Column("name", "Team", order="name"),
        Column("lead", "Lead", order="lead_name"),
        Column("mail", "Mail alias"),
        Column("slack_channel", "Slack channel"),
        Column("people", "People", order="people", number=True),
        Column("owned", "Owned accounts", order="owned", number=True),
    ),
    order=("name", "id"),
    filters=(
        Search("q", "Search", columns=("name", "lead__name", "mail", "slack_channel")),
        YesNo("led", "Has a lead", where=Q(lead__isnull=False)),
    ),
)


@require_safe
def teams(request: HttpRequest) -> HttpResponseBase:
    those_who_read_all_only(request)
    user, actor = user_of(request), from_request(request)
    return answer(
        request,
        "accounts/teams.html",
        TEAMS,
        list_teams(user).annotate(lead_name=F("lead__name")),
        name="teams",
        marking=str(DataClass.COMPANY.label),
        context={"may": may_run(user)},
        on_export=lambda form: record_export(
            "teams", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


def create(request: HttpRequest) -> HttpResponse:
    those_who_run_only(request)
    form, actor = TeamForm(request.POST or None), from_request(request)
    if form.is_valid() and try_act(
        request, form, lambda: create_team(actor=actor, **form.cleaned_data)
    ):
        messages.success(request, f"The team {form.cleaned_data['name']} is added.")
        return redirect("accounts:teams")
    return _form_page(request, form, None)


def edit(request: HttpRequest, team_id: int) -> HttpResponse:
    those_who_run_only(request)
    rows = Team.objects.visible_to(user_of(request)).select_related("lead")
    team, actor = get_object_or_404(rows, pk=team_id), from_request(request)
    form = TeamForm(request.POST or None, initial=TeamForm.initial_of(team))
    if form.is_valid() and try_act(
        request, form, lambda: update_team(team, actor=actor, **form.cleaned_data)
    ):
        messages.success(request, f"The team {form.cleaned_data['name']} is changed.")
        return redirect("accounts:teams")
    return _form_page(request, form, team)


def _form_page(request: HttpRequest, form: TeamForm, team: Team | None) -> HttpResponse:
    shown = {"form": form, "team": team}
    return render(request, "accounts/team_form.html", shown, status=422 if form.errors else 200)
