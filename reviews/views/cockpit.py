"""The security team's first page: the running campaign, or the way to the first one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviews.models import Campaign
from reviews.queries import cockpit
from reviews.queries.sheets import progress_of as sheet_progress
from reviews.views.scope import those_who_run_only

MOST_REVIEWERS = 10


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    those_who_run_only(request)
    campaign = cockpit.open_campaign()
    if campaign is None and not Campaign.objects.exists():
        return render(request, "reviews/start.html", {"start": cockpit.read_start()})
    return render(request, "reviews/cockpit.html", parts_of(campaign))


def parts_of(campaign: Campaign | None) -> dict[str, object]:
    """What the cockpit shows; the page of an open campaign shows the same of that one."""
    sources = cockpit.source_states()
    shown: dict[str, object] = {
        "campaign": campaign,
        "needs": cockpit.needs_of(campaign),
        "removals": cockpit.removals_by_risk(campaign),
        "fresh": sum(source.is_fresh for source in sources),
        "stale": [source for source in sources if not source.is_fresh],
        "uncovered": cockpit.uncovered_systems(),
    }
    if campaign is not None:
        progress = cockpit.progress_of(campaign)
        reviews = list(campaign.reviews.select_related("reviewer").order_by("reviewer_name", "pk"))
        sheets = sheet_progress(review.pk for review in reviews)
        behind = sorted(reviews, key=lambda review: -sheets[review.pk].to_go)
        shown |= {
            "progress": progress,
            "points": cockpit.burn_down(campaign),
            "labels": _labels(campaign),
            "words": f"Items to go: {progress.items:,} at launch, {progress.to_go:,} now.",
            "end": f"{progress.to_go:,} to go",
            "sheets": sheets,
            "behind": behind[:MOST_REVIEWERS],
            "not_begun": sum(sheets[r.pk].decided == 0 and sheets[r.pk].to_go > 0 for r in reviews),
            "to_remind": sum(sheets[r.pk].to_go > 0 for r in reviews),
            "all_sheets": len(reviews),
            "last_minute": cockpit.count_last_minute(
                campaign, {r.pk: sheets[r.pk].decided for r in reviews}
            ),
        }
    return shown


def _labels(campaign: Campaign) -> list[str]:
    first = campaign.launched_at or campaign.planned_at
    middle = first + (campaign.due_at - first) / 2
    return [f"{day:%-d %b}" for day in (first, middle, campaign.due_at)]
