"""The timeline of one item, for auditors and for those who have to do with it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import rules
from accounts.actors import from_request
from reviews.actions.seeing import note_item_read
from reviews.queries import items_visible_to
from reviews.queries.timeline import timeline_of
from reviews.views.scope import user_of


@require_safe
def timeline(request: HttpRequest, item_id: int) -> HttpResponse:
    user = user_of(request)
    rows = items_visible_to(user).select_related(
        "campaign", "system", "review__reviewer", "second_review__reviewer", "first_reviewer"
    )
    item = get_object_or_404(rows, pk=item_id)
    shown = {
        "line": timeline_of(item, user),
        "item": item,
        "campaign": item.campaign,
        "reads_all": rules.may_read_all(user),
        "own": user.person_id,
    }
    if rules.may_read_all(user):
        note_item_read(item, actor=from_request(request))
    return render(request, "reviews/timeline.html", shown)
