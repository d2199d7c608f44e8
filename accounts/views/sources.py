"""Sources: rosters and systems, with the run that stands, its age, and what to do next."""

from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

import clock
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.enums import RunState
from accounts.insights import Policy, current_policy
from accounts.models import ImportRun
from accounts.queries import list_rosters, list_sources
from accounts.rules import may_run
from accounts.templatetags.account_words import standing
from accounts.views.marking import marking
from accounts.views.scope import those_who_read_all_only, user_of
from listing.columns import Column
from listing.filters import Choice, Search
from listing.lists import List
from listing.views import answer

STATES = (
    ("uncovered", "Uncovered"),
    ("stale", "Stale"),
    ("fresh", "Fresh"),
    ("waiting", "Waits for somebody"),
)


def _in_state(name: str, policy: Policy) -> Q:
    now, read_at, by_file = (
        clock.now(),
        "source__current_run__read_at__lt",
        Q(source__connector="file"),
    )
    old = by_file & Q(**{read_at: now - policy.may_be_old("file")})
    old |= ~by_file & Q(**{read_at: now - policy.may_be_old("connector")})
    read = Q(source__current_run__isnull=False)
    return {
        "uncovered": Q(source__current_run=None),
        "stale": old,
        "fresh": read & ~old,
        "waiting": Q(latest_state__in=[RunState.STAGED, RunState.HELD, RunState.FAILED]),
    }[name]


def _read_at(system: Any) -> object:
    source = getattr(system, "source", None)
    return source and source.current_run and source.current_run.read_at


def _list(policy: Policy) -> List:
    return List(
        columns=(
            Column("name", "System", order="name"),
            Column("owner", "Owner"),
            Column("read", "Last complete run", value=_read_at, order="read_at"),
            Column("state", "State", value=lambda row: standing(row, policy).word),
            Column("held", "Accounts", number=True),
            Column("orphaned", "Of nobody", number=True),
            Column("next", "Next", in_export=False),
        ),
        order=("name", "id"),
        filters=(
            Search("q", "Search", columns=("name", "owner__name")),
            Choice("state", "State", choices=STATES, where=lambda name: _in_state(name, policy)),
        ),
    )


@require_safe
def sources(request: HttpRequest) -> HttpResponseBase:
    those_who_read_all_only(request)
    user, actor, policy = user_of(request), from_request(request), current_policy()
    rosters = list_rosters(user).order_by("name")
    rows = list_sources(user).annotate(read_at=F("source__current_run__read_at"))
    return answer(
        request,
        "accounts/sources.html",
        _list(policy),
        rows,
        name="sources",
        marking=marking(request, rows, "data_class"),
        context={
            "rosters": rosters,
            "people": rosters.exclude(current_run=None).exists(),
            "may": may_run(user),
            "policy": policy,
        },
        on_export=lambda form: record_export(
            "sources", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


RUNS = List(
    columns=(
        Column("run", "Run", value="pk", order="id"),
        Column("source", "Source", value="source.name", order="source__name"),
        Column("state", "State", value="get_state_display"),
        Column("rows_read", "Rows read", number=True),
        Column("imported", "Taken", number=True),
        Column("rejected", "Rejected", number=True),
        Column("created", "Created", number=True, on_page=False),
        Column("updated", "Updated", number=True, on_page=False),
        Column("unchanged", "Unchanged", number=True, on_page=False),
        Column("vanished", "Vanished", number=True),
        Column("exported_at", "Exported", order="read_at"),
        Column("uploaded_at", "Uploaded", on_page=False),
        Column("finished_at", "Finished", on_page=False),
    ),
    order=("-id",),
    filters=(
        Search("q", "Search", columns=("source__name", "report", "exported_by")),
        Choice("state", "State", choices=RunState.choices),
    ),
)


@require_safe
def runs(request: HttpRequest) -> HttpResponseBase:
    """Every import run there was, newest first."""
    those_who_read_all_only(request)
    actor = from_request(request)
    rows = ImportRun.objects.visible_to(user_of(request)).select_related("source__system")
    return answer(
        request,
        "accounts/runs.html",
        RUNS,
        rows,
        name="import runs",
        marking=marking(request, rows.exclude(source__system=None), "source__system__data_class"),
        on_export=lambda form: record_export(
            "runs", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )
