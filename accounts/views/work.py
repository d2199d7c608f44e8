"""Background work: what is owed, how far it is, what failed, and setting it going again."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.exports import record_export
from accounts.actions.work import retry_job
from accounts.actors import from_request
from accounts.enums import DataClass
from accounts.models import User
from accounts.rules import may_run
from audit.errors import Conflict
from jobs.models import Job, JobState
from jobs.queries import count_trouble, is_busy, jobs, take_pulse
from listing.columns import Column
from listing.filters import Choice, Dates, Search
from listing.lists import List
from listing.views import answer

WORK = List(
    columns=(
        Column("name", "Work", order="kind"),
        Column("key", "Key", on_page=False),
        Column("state", "State", value="get_state_display"),
        Column("error", "Error", on_page=False),
        Column("done", "Progress", value="shown_done"),
        Column("total", "Of", value="shown_total", on_page=False),
        Column("asked", "Asked for", value="created_at", order="id"),
        Column("finished", "Finished", value="finished_at", order="finished_at"),
    ),
    order=("-id",),
    filters=(
        Search("q", "Search", columns=("kind", "key", "error")),
        Choice("state", "State", choices=JobState.choices),
        Dates("asked", "Asked for", column="created_at"),
    ),
)


@require_safe
def work(request: HttpRequest) -> HttpResponseBase:
    """Newest first; the list asks again by itself while something is going on."""
    _those_who_run_it_only(request)
    actor = from_request(request)
    return answer(
        request,
        "accounts/work.html",
        WORK,
        jobs(),
        name="background work",
        marking=DataClass.INTERNAL.label,
        context={"busy": is_busy(), "pulse": take_pulse(), "trouble": count_trouble()},
        on_export=lambda form: record_export(
            "work", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_POST
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    _those_who_run_it_only(request)
    try:
        job = retry_job(job_id, actor=from_request(request))
    except Job.DoesNotExist:
        raise Http404 from None
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    else:
        messages.success(request, f"{job.name} is tried again.")
    return redirect("accounts:work")


def _those_who_run_it_only(request: HttpRequest) -> None:
    if not may_run(cast("User", request.user)):
        raise Http404
