"""Not my people: several picked rows handed on together, each with a result of its own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.actors import from_request
from accounts.models import Person
from accounts.views.refusals import REFUSALS
from reviews.actions.proposing import propose
from reviews.actions.rerouting import HandedOn, reassign_items
from reviews.forms.deciding import ReassignForm
from reviews.models import ReviewItem
from reviews.templatetags.review_words import right_words, who
from reviews.views.delegating import picked_items, refuse, sampled
from reviews.views.scope import get_review
from reviews.views.sheets import frame


@require_POST
def hand_on(request: HttpRequest, review_id: int) -> HttpResponse:
    """First to whom and why, then one act."""
    review = get_review(request, review_id)
    items = picked_items(request, review)
    if not items:
        messages.warning(request, "Pick the rows first, then hand them on.")
        return redirect("reviews:sheet", review.pk)
    asked = "reason" in request.POST
    form = ReassignForm(request.POST if asked else None, proposals=propose(items, review))
    if form.is_valid():
        to = form.cleaned_data["to"]
        try:
            handed = reassign_items(
                review,
                actor=from_request(request),
                item_ids=[item.pk for item in items],
                to=to,
                reason=form.cleaned_data["reason"],
            )
        except REFUSALS as error:
            refuse(request, form, error)
        else:
            _say(request, handed, items, to)
            return redirect("reviews:sheet", review.pk)
    shown = {**frame(request, review), "form": form, **sampled(items)}
    return render(request, "reviews/hand_on.html", shown, status=422 if form.errors else 200)


def _say(request: HttpRequest, handed: HandedOn, items: list[ReviewItem], to: Person) -> None:
    moved = len(handed.moved)
    if moved == 1:
        messages.success(request, f"1 item is now {to}'s to judge.")
    elif moved:
        messages.success(request, f"{moved} items are now {to}'s to judge.")
    for item in items:
        if refusal := handed.stayed.get(item.pk):
            messages.warning(
                request,
                f"{who(item)}, {right_words(item)} in {item.system_name} stayed. {refusal}",
            )
