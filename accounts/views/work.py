"""Background work: what is owed, how far it is, what failed, and setting it going again."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.work import retry_job
from accounts.actors import from_request
from accounts.models import User
from accounts.rules import may_run
from audit.errors import Conflict
from jobs.models import Job, JobState
from jobs.queries import count_trouble, jobs, take_pulse


@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Newest first. With htmx the list alone, which asks again while something is going on."""
    _those_who_run_it_only(request)
    state = request.GET.get("state", "")
    shown = {
        "page": jobs(state=state, before=request.GET.get("before", "")),
        "state": state,
        "states": JobState.choices,
        "pulse": take_pulse(),
        "trouble": count_trouble(),
    }
    part = "accounts/_work.html" if request.headers.get("HX-Request") else "accounts/work.html"
    return render(request, part, shown)


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
