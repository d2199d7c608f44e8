"""The policy: what stands, what was, and a draft with all that it would change."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import policies
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.enums import DataClass
from accounts.forms.policies import PolicyForm
from accounts.insights import Policy, policy_in_force, policy_of
from accounts.insights.figures import differences, figures
from accounts.insights.presets import PRESETS
from accounts.insights.preview import in_words
from accounts.insights.thresholds import SUBJECTS, Figure, Subject, Threshold
from accounts.models import PolicyVersion
from accounts.queries import list_policy_versions
from accounts.rules import may_run
from accounts.templatetags.policy_words import changes_in_words
from accounts.views.refusals import try_act
from accounts.views.scope import those_who_read_all_only, those_who_run_only, user_of
from jobs.models import Job, JobState
from jobs.queue import get_progress
from listing.columns import Column
from listing.filters import Search
from listing.lists import List
from listing.views import answer

VERSIONS = List(
    columns=(
        Column("version", "Version", order="version"),
        Column("name", "Thresholds", order="name"),
        Column("changed", "What changed", value=changes_in_words),
        Column("note", "Why"),
        Column("made_by", "Drafted by"),
        Column("put_in_force_by", "Put in force by"),
        Column("in_force_from", "In force from", order="in_force_from"),
    ),
    order=("-version", "-id"),
    filters=(Search("q", "Search", columns=("name", "note")),),
)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The thresholds in force, and the drafts that wait."""
    those_who_read_all_only(request)
    standing = policy_in_force()
    newest = PolicyVersion.objects.in_force().select_related("put_in_force_by__person").first()
    shown = {
        "standing": standing,
        "newest": newest,
        "subjects": _subjects(standing.policy),
        "drafts": PolicyVersion.objects.drafts().select_related("made_by__person").order_by("pk"),
        "may": may_run(user_of(request)),
    }
    return render(request, "accounts/policy.html", shown)


def draft(request: HttpRequest) -> HttpResponse:
    """Change thresholds, from those in force or from a preset; a preview follows at once."""
    those_who_run_only(request)
    wanted = request.GET.get("preset", "")
    preset = next((each for each in PRESETS if each.name == wanted), None)
    form = PolicyForm(request.POST or None, initial=preset or policy_in_force().policy)
    made: list[PolicyVersion] = []
    if form.is_valid() and try_act(request, form, lambda: made.append(_draft(request, form))):
        return redirect("accounts:policy_version", made[0].pk)
    shown = {"form": form, "presets": PRESETS, "preset": preset}
    return render(request, "accounts/policy_form.html", shown, status=422 if form.errors else 200)


def _draft(request: HttpRequest, form: PolicyForm) -> PolicyVersion:
    return policies.draft_policy(
        actor=from_request(request), values=form.values(), note=form.cleaned_data["note"]
    )


@require_safe
def versions(request: HttpRequest) -> HttpResponseBase:
    """Every version that was put in force: who, when, why and what changed."""
    those_who_read_all_only(request)
    actor = from_request(request)
    return answer(
        request,
        "accounts/policy_versions.html",
        VERSIONS,
        list_policy_versions(),
        name="policy versions",
        marking=str(DataClass.INTERNAL.label),
        on_export=lambda form: record_export(
            "policy_versions", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


@require_safe
def version(request: HttpRequest, policy_id: int) -> HttpResponse:
    """A version or a draft: what it changes, what it names, and all its figures."""
    those_who_read_all_only(request)
    rows = PolicyVersion.objects.select_related("made_by__person", "put_in_force_by__person")
    found = get_object_or_404(rows, pk=policy_id)
    work = Job.objects.filter(kind="accounts.preview_policy", payload__policy=found.pk)
    latest = work.order_by("-pk").first()
    standing, now = policy_in_force(), policy_of(found)
    shown: dict[str, Any] = {
        "row": found,
        "changes": differences(policies.policy_before(found), now),
        "subjects": _subjects(now),
        "preview": found.preview,
        "named": in_words(found.preview.get("counts", {})),
        "work": latest,
        "busy": latest is not None and latest.state in {JobState.WAITING, JobState.RUNNING},
        "progress": get_progress(latest) if latest else None,
        "overtaken": found.version is None and found.based_on != standing.version,
        "standing": standing,
        "may": found.version is None and may_run(user_of(request)),
    }
    return render(request, "accounts/policy_version.html", shown)


@require_POST
def preview(request: HttpRequest, policy_id: int) -> HttpResponse:
    found = _draft_to_act_on(request, policy_id)
    policies.start_preview(found, actor=from_request(request))
    return redirect("accounts:policy_version", found.pk)


@require_POST
def put_in_force(request: HttpRequest, policy_id: int) -> HttpResponse:
    found = _draft_to_act_on(request, policy_id)
    found = policies.put_in_force(found, actor=from_request(request))
    messages.success(
        request,
        f"Version {found.version} of the policy is in force. The findings are brought up to date "
        "by it; campaigns that run keep the one that they were launched with.",
    )
    return redirect("accounts:policy")


@require_POST
def discard(request: HttpRequest, policy_id: int) -> HttpResponse:
    found = _draft_to_act_on(request, policy_id)
    policies.discard_draft(found, actor=from_request(request))
    messages.success(request, "The draft is dropped.")
    return redirect("accounts:policy")


def _draft_to_act_on(request: HttpRequest, policy_id: int) -> PolicyVersion:
    """A version answers, too: that it is never changed is the action's to say."""
    those_who_run_only(request)
    return get_object_or_404(PolicyVersion, pk=policy_id)


def _subjects(policy: Policy) -> list[tuple[Subject, list[tuple[Threshold, Figure]]]]:
    found = figures(policy)
    return [
        (subject, [(each, found[each.name]) for each in subject.thresholds]) for subject in SUBJECTS
    ]
