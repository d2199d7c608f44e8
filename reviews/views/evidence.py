"""Evidence: which packages there are, making one, taking it away, and the verifier."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.actors import from_request
from audit import keys
from audit.notes import fingerprint
from jobs.models import Job, JobState
from reviews.actions.evidence import note_download, start_evidence
from reviews.enums import CampaignState
from reviews.evidence import verifier
from reviews.models import Campaign, EvidencePackage
from reviews.views.scope import get_campaign, those_who_read_all_only


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """Each launched campaign with its packages, the newest first."""
    those_who_read_all_only(request)
    packages = EvidencePackage.objects.order_by("-made_at")
    campaigns = (
        Campaign.objects.exclude(state=CampaignState.PLANNED)
        .prefetch_related(Prefetch("packages", queryset=packages))
        .order_by("-launched_at")
    )
    under_way = Job.objects.filter(
        kind="reviews.evidence", state__in=[JobState.WAITING, JobState.RUNNING]
    )
    failed = Job.objects.filter(kind="reviews.evidence", state=JobState.FAILED)
    return render(
        request,
        "reviews/evidence/list.html",
        {
            "campaigns": campaigns,
            "building": {job.payload["campaign"] for job in under_way},
            "failed": {job.payload["campaign"]: job.error for job in failed},
            "fingerprints": [fingerprint(public) for public in keys.public_keys()],
        },
    )


@require_POST
def build(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get_campaign(request, campaign_id)
    if campaign.state == CampaignState.PLANNED:
        raise Http404
    start_evidence(campaign, actor=from_request(request))
    messages.success(request, "The package is being made. You may leave this page meanwhile.")
    return redirect("reviews:evidence")


@require_safe
def download(request: HttpRequest, package_id: int) -> FileResponse:
    """The package as it was made; taking it away is an event."""
    those_who_read_all_only(request)
    package = get_object_or_404(EvidencePackage.objects.select_related("campaign"), pk=package_id)
    path = Path(settings.VAR_DIR) / "evidence" / package.path
    if not path.is_file():
        raise Http404
    note_download(package, actor=from_request(request))
    mark = "-interim" if package.interim else ""
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"evidence-{package.campaign.quarter}-{package.campaign_id}{mark}.zip",
        content_type="application/zip",
    )


@require_safe
def download_verifier(request: HttpRequest) -> HttpResponse:
    those_who_read_all_only(request)
    return HttpResponse(
        verifier.source(),
        content_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="verify_evidence.py"'},
    )
