"""People as the rosters describe them: who manages whom, what each holds, and what is wrong."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

import clock
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.enums import DataClass, FindingState, ManagerProblem, PersonStatus, WorkerType
from accounts.models import Account, Finding, Grant, Person, Source, System, Team, User
from accounts.queries import list_accounts, list_people
from accounts.views.scope import get_person, those_who_read_all_only, user_of
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer

MARKING = str(DataClass.COMPANY.label)


def _list(user: User) -> List:
    rosters = Source.objects.visible_to(user).filter(system=None).order_by("name")
    teams = Team.objects.visible_to(user).order_by("name")
    return List(
        columns=(
            Column("name", "Name", order="name"),
            Column("mail", "Mail", on_page=False),
            Column("employee_id", "Employee id", on_page=False),
            Column("title", "Title", on_page=False),
            Column("team", "Team", order="team__name"),
            Column("manager", "Manager", order="manager__name"),
            Column(
                "problem",
                "Manager problem",
                value="get_manager_problem_display",
                on_page=False,
            ),
            Column("worker_type", "Works as", value="get_worker_type_display"),
            Column("status", "Status", value="get_status_display"),
            Column("start", "First day", on_page=False),
            Column("end", "Last day", on_page=False),
            Column("roster", "Roster", value="source.name", on_page=False),
            Column("held", "Accounts", number=True),
        ),
        order=("name", "id"),
        filters=(
            Search("q", "Search", columns=("name", "mail", "employee_id", "title")),
            Choice("roster", "Roster", choices=list(rosters.values_list("pk", "name")),
                   column="source"),
            Choice("team", "Team", choices=list(teams.values_list("pk", "name"))),
            Choice("status", "Status", choices=PersonStatus.choices),
            Choice("works", "Works as", choices=WorkerType.choices, column="worker_type"),
            Choice("problem", "Manager problem", choices=ManagerProblem.choices,
                   column="manager_problem"),
        ),
    )  # fmt: skip


@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    return _answer(request, "accounts/people.html", "people", list_people(user_of(request)))


@require_safe
def problems(request: HttpRequest) -> HttpResponseBase:
    """Those who are here and whose manager cannot be relied on to review them."""
    those_who_read_all_only(request)
    rows = list_people(user_of(request)).exclude(manager_problem="")
    here = ~Q(status__in=[PersonStatus.LEFT, PersonStatus.GONE])
    return _answer(request, "accounts/manager_problems.html", "manager problems", rows.filter(here))


def _answer(
    request: HttpRequest, template: str, name: str, rows: QuerySet[Person, Person]
) -> HttpResponseBase:
    user, actor = user_of(request), from_request(request)
    return answer(
        request,
        template,
        _list(user),
        rows,
        name=name,
        marking=MARKING,
        on_export=lambda form: record_export(
            name.replace(" ", "_"), actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


ACCOUNTS = List(
    columns=(
        Column("account", "Account", value="username", order="key"),
        Column("system", "System", value="system.name", order="system__name"),
        Column("type", "Type", value="get_type_display"),
        Column("status", "Status", value="get_status_display"),
        Column("last_used", "Last used"),
        Column("rights", "Rights", number=True),
    ),
    order=("system__name", "id"),
)


@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One person: what the roster says, whom they manage, what they hold and answer for."""
    person, user = get_person(request, person_id), user_of(request)
    accounts = list_accounts(user)
    shown: dict[str, Any] = {
        "person": person,
        "left": person.has_left(clock.today()),
        "shown": ACCOUNTS.show(request.GET, accounts.filter(person=person)),
        "reports": person.reports.filter(gone_at=None).select_related("team").order_by("name")[:51],
        "answers_for": accounts.filter(Q(owner_person=person) | Q(operator=person))
        .exclude(person=person)
        .order_by("system__name", "id")[:20],
        "systems": System.objects.visible_to(user).filter(owner=person).order_by("name"),
        "teams": Team.objects.visible_to(user).filter(lead=person).order_by("name"),
    }
    return render(request, "accounts/person.html", shown)


TEAM = List(
    columns=(
        Column("name", "Name", order="name"),
        Column("team", "Team", order="team__name"),
        Column("worker_type", "Works as", value="get_worker_type_display", on_page=False),
        Column("status", "Status", value="get_status_display", on_page=False),
        Column("holds", "Holds", value=lambda row: [_words(a) for a in row.accounts.all()]),
    ),
    order=("name", "id"),
    filters=(
        Search("q", "Search", columns=("name", "mail")),
        YesNo("holds", "Holds anything", where=Q(held__gt=0)),
    ),
)


def _words(account: Account) -> str:
    rights = ", ".join(str(grant.entitlement) for grant in account.grants.all())
    return f"{account.system}: {rights or 'no rights'}"


@require_safe
def team_access(request: HttpRequest) -> HttpResponseBase:
    """A manager's own people and what they hold, with what else the manager answers for."""
    user, actor = user_of(request), from_request(request)
    own = user.person_id
    rights = Grant.objects.standing().select_related("entitlement").order_by("entitlement__key")
    held = (
        Account.objects.standing()
        .select_related("system")
        .prefetch_related(Prefetch("grants", rights))
        .order_by("system__name", "id")
    )
    rows = list_people(user).filter(manager__isnull=False, manager=own, gone_at=None)
    mine = Q(owner_person=own) | Q(owner_team__lead=own) | Q(sponsor=own)
    answered = list_accounts(user).filter(mine) if own else Account.objects.none()
    found = Finding.objects.visible_to(user).filter(state=FindingState.OPEN)
    return answer(
        request,
        "accounts/team_access.html",
        TEAM,
        rows.prefetch_related(Prefetch("accounts", held)),
        name="my team's access",
        marking=MARKING,
        context={
            "answers_for": answered.order_by("system__name", "id")[:51],
            "systems": System.objects.filter(owner__isnull=False, owner=own).order_by("name"),
            "findings": found.count(),
            "personless": own is None,
        },
        on_export=lambda form: record_export(
            "team_access", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )
