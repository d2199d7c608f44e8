"""Campaigns: the list, a plan with its preview, and one that runs or is over."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import from_request
from accounts.enums import DataClass
from accounts.insights import policy_in_force
from accounts.views.refusals import note_refusal
from audit.errors import Conflict, NotAllowed, WrongInput
from jobs.models import Job, JobState
from listing.columns import Column
from listing.filters import Choice, Search
from listing.lists import List
from listing.views import answer
from reviews.actions import planning
from reviews.actions.closing import approve_close, close_campaign, find_gaps, request_close
from reviews.actions.launching import start_launch
from reviews.actions.timing import remind_now
from reviews.enums import CampaignState
from reviews.forms.again import AgainForm
from reviews.forms.campaigns import ChangePlanForm, CloseForm, ExtendForm, PlanForm, ReasonForm
from reviews.launch.gates import MAY_BE_ACKNOWLEDGED, GateClosed
from reviews.models import Campaign
from reviews.queries import campaigns_visible_to
from reviews.views.cockpit import parts_of
from reviews.views.scope import get_campaign, those_who_read_all_only, those_who_run_only, user_of

CAMPAIGNS = List(
    columns=(
        Column("title", "Campaign", order="title"),
        Column("quarter", "Quarter", order="quarter"),
        Column("state", "State", value="get_state_display"),
        Column("due", "Due", value="due_at", order="due_at"),
        Column("items", "Items", value="items_count", order="items_count", number=True),
        Column("closed", "Closed", value="closed_at"),
    ),
    order=("-planned_at", "-id"),
    filters=(
        Search("q", "Search", columns=("title", "quarter")),
        Choice("state", "State", choices=CampaignState.choices),
    ),
)


@require_safe
def campaigns(request: HttpRequest) -> HttpResponseBase:
    those_who_read_all_only(request)
    return answer(
        request,
        "reviews/campaigns/list.html",
        CAMPAIGNS,
        campaigns_visible_to(user_of(request)),
        name="campaigns",
        marking=DataClass.INTERNAL.label,
    )


def plan(request: HttpRequest) -> HttpResponse:
    """The form of a new plan; what it makes is previewed at once."""
    those_who_run_only(request)
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actor, found = from_request(request), form.cleaned_data
        try:
            campaign = planning.plan_campaign(
                actor=actor,
                quarter=found["quarter"],
                title=found["title"],
                left_out=form.left_out(),
                due=found["due"],
                zone=found["zone"],
                fallback=found["fallback"],
            )
        except WrongInput as error:
            form.add_error(None, str(error))
        else:
            if campaign.state == CampaignState.PLANNED:
                planning.start_preview(campaign, actor=actor)
            return redirect("reviews:campaign", campaign.pk)
    status = 422 if form.is_bound else 200
    return render(request, "reviews/campaigns/plan.html", {"form": form}, status=status)


@require_safe
def campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = get_campaign(request, campaign_id)
    if found.state == CampaignState.PLANNED:
        return _planned(request, found)
    if _page_waits(request):
        return _show_anew()
    shown = {**parts_of(found), "user_may": _user_may(request, found)}
    if found.state == CampaignState.CLOSED:
        shown["outcomes"] = [
            (outcome, count)
            for outcome, count in found.totals.items()
            if count and outcome != "items"
        ]
        return render(request, "reviews/campaigns/closed.html", shown)
    return render(request, "reviews/cockpit.html", shown)


def _planned(request: HttpRequest, found: Campaign, **forms: Any) -> HttpResponse:
    """A plan: its preview, what still stands in the way, and the button to launch."""
    work = Job.objects.filter(
        kind__in=["reviews.preview", "reviews.launch"], payload__campaign=found.pk
    )
    latest = work.order_by("-id").first()
    busy = latest is not None and latest.state in {JobState.WAITING, JobState.RUNNING}
    if _page_waits(request) and not busy:
        return _show_anew()
    gates = found.preview.get("gates", [])
    covered = {(gate["gate"], gate["subject"]) for gate in found.gates}
    acknowledged = found.acknowledged_by_ref and all(
        (gate["gate"], gate["subject"]) in covered for gate in gates
    )
    user, policy = user_of(request), policy_in_force().version
    return render(
        request,
        "reviews/campaigns/planned.html",
        {
            "campaign": found,
            "preview": found.preview,
            "busy": busy,
            "newer_policy": policy if policy != found.policy_version else 0,
            "work": latest,
            "refused": (latest.result or {}).get("closed", []) if latest else [],
            "gates": gates,
            "blocked": [gate for gate in gates if gate["gate"] not in MAY_BE_ACKNOWLEDGED],
            "acknowledged": acknowledged,
            "asks_for_leave": bool(found.override_asked_by_ref) and not found.acknowledged_by_ref,
            "asked_by_me": found.override_asked_by_ref == user.ref,
            "left_out": found.systems.filter(included=False).order_by("name"),
            "fallback": found.fallback.select_related("person").order_by("rank"),
            "user_may": _user_may(request, found),
            "reason_form": forms.get("reason_form") or ReasonForm(),
            "again_form": forms.get("again_form") or AgainForm(request=request, user=user),
        },
        status=422 if forms else 200,
    )


def _page_waits(request: HttpRequest) -> bool:
    """Whether this is a plan's page that asks again and again what became of the work on it."""
    return bool(request.headers.get("HX-Request"))


def _show_anew() -> HttpResponse:
    """The work is over: buttons, tabs and all else that stands around it are others now."""
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_POST
def preview(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = _runnable(request, campaign_id)
    planning.start_preview(found, actor=from_request(request))
    return redirect("reviews:campaign", found.pk)


def change(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Another deadline or fallback for a plan; the preview is made again."""
    found = _runnable(request, campaign_id)
    people = [row.person for row in found.fallback.select_related("person").order_by("rank")]
    initial = {
        "due": found.due_at.date(),
        "zone": found.zone,
        "fallback": "\n".join(person.mail or person.name for person in people),
    }
    form = ChangePlanForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            planning.change_plan(found, actor=from_request(request), **form.cleaned_data)
        except WrongInput as error:
            form.add_error(None, str(error))
        else:
            planning.start_preview(found, actor=from_request(request))
            return redirect("reviews:campaign", found.pk)
    return _form(request, found, form, "Change the plan", "Change")


@require_POST
def discard(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = _runnable(request, campaign_id)
    planning.discard_plan(found, actor=from_request(request))
    messages.success(request, f"The plan {found.title} is dropped.")
    return redirect("reviews:campaigns")


@require_POST
def launch(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = _runnable(request, campaign_id)
    start_launch(found, actor=from_request(request))
    return redirect("reviews:campaign", found.pk)


@require_POST
def ask_leave(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Ask a second person for leave to launch although gates are closed."""
    found = _runnable(request, campaign_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _planned(request, found, reason_form=form)
    planning.request_override(
        found, actor=from_request(request), reason=form.cleaned_data["reason"]
    )
    messages.success(request, "Another person of the team, or an administrator, can approve it.")
    return redirect("reviews:campaign", found.pk)


@require_POST
def give_leave(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Approve what another person asked for, confirmed with one's password."""
    found = _runnable(request, campaign_id)
    form = AgainForm(request.POST, request=request, user=user_of(request))
    if not form.is_valid():
        _note_wrong_password(request, form)
        return _planned(request, found, again_form=form)
    planning.approve_override(found, actor=from_request(request))
    messages.success(request, "Approved. The campaign can be launched.")
    return redirect("reviews:campaign", found.pk)


def extend(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = _runnable(request, campaign_id)
    form = ExtendForm(request.POST or None, initial={"due": found.due_at.date()})
    if request.method == "POST" and form.is_valid():
        try:
            planning.extend_campaign(found, actor=from_request(request), **form.cleaned_data)
        except (WrongInput, Conflict) as error:
            form.add_error(None, str(error))
        else:
            return redirect("reviews:campaign", found.pk)
    return _form(request, found, form, "Move the deadline", "Move it")


@require_POST
def remind(request: HttpRequest, campaign_id: int) -> HttpResponse:
    found = _runnable(request, campaign_id)
    count = remind_now(found, actor=from_request(request))
    messages.success(
        request, f"{count} reviewer{'s' if count != 1 else ''} reminded, at most once a day."
    )
    return redirect("reviews:campaign", found.pk)


def close(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Close at once where there is no gap; else ask, and a second person approves."""
    found = _runnable(request, campaign_id)
    if found.state != CampaignState.OPEN:
        return redirect("reviews:campaign", found.pk)
    gaps, user = find_gaps(found), user_of(request)
    approving = bool(found.gaps_asked_by_ref) and found.gaps_asked_by_ref != user.ref
    form = CloseForm(
        request.POST or None, request=request, user=user, gaps=bool(gaps) and not approving
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _close(request, found, form, approving=approving, gaps=bool(gaps))
        except GateClosed as refusal:
            form.add_error(None, str(refusal))
        except (NotAllowed, Conflict, WrongInput) as error:
            form.add_error(None, str(error))
            note_refusal(request, str(error))
    _note_wrong_password(request, form)
    shown = {"campaign": found, "form": form, "gaps": gaps, "approving": approving}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/campaigns/close.html", shown, status=status)


def _close(
    request: HttpRequest, found: Campaign, form: CloseForm, *, approving: bool, gaps: bool
) -> HttpResponse:
    actor = from_request(request)
    if approving:
        approve_close(found, actor=actor)
    elif gaps:
        request_close(found, actor=actor, reason=form.cleaned_data["reason"])
        messages.success(request, "Another person of the team, or an administrator, can approve.")
        return redirect("reviews:campaign", found.pk)
    else:
        close_campaign(found, actor=actor)
    messages.success(request, f"{found.title} is closed.")
    return redirect("reviews:campaign", found.pk)


def _runnable(request: HttpRequest, campaign_id: int) -> Campaign:
    those_who_run_only(request)
    return get_campaign(request, campaign_id)


def _user_may(request: HttpRequest, found: Campaign) -> bool:
    try:
        those_who_run_only(request)
    except Http404:
        return False
    return found.state != CampaignState.CLOSED


def _note_wrong_password(request: HttpRequest, form: AgainForm) -> None:
    if form.is_bound and form.was_refused:
        note_refusal(request, "The password was wrong.")


def _form(
    request: HttpRequest, found: Campaign, form: Any, title: str, button: str
) -> HttpResponse:
    shown = {"campaign": found, "form": form, "title": title, "button": button}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/campaigns/form.html", shown, status=status)
