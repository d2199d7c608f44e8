"""Delegating one, some or all of one's sheet, being out of office, and ending either."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

import clock
from accounts.actors import from_request
from accounts.views.refusals import REFUSALS, note_refusal
from audit.errors import WrongInput
from reviews.actions.delegating import Delegated, delegate, end_delegation, set_out_of_office
from reviews.forms.delegating import TermForm
from reviews.models import Delegation, Review, ReviewItem
from reviews.queries import delegations_visible_to
from reviews.queries.delegations import given_by, items_on, taken_by
from reviews.queries.sheets import awaits
from reviews.templatetags.review_words import right_words, who
from reviews.views.scope import get_review, user_of
from reviews.views.sheets import frame

SAMPLE = 5


def delegate_sheet(request: HttpRequest, review_id: int) -> HttpResponse:
    """All of one's sheet, or the items that the address or the picked rows name."""
    review = get_review(request, review_id)
    if review.reviewer_id != user_of(request).person_id:
        raise Http404
    if not awaits(review):
        return redirect("reviews:sheet", review.pk)
    items = picked_items(request, review)
    if request.method == "POST" and not items and "whole" not in request.POST:
        messages.warning(request, "Pick the rows first, then delegate them.")
        return redirect("reviews:sheet", review.pk)
    asked = request.method == "POST" and "reason" in request.POST
    form = TermForm(
        request.POST if asked else None,
        initial={"ends": max(review.campaign.due_at.date(), clock.today())},
    )
    if form.is_valid():
        try:
            made = delegate(
                review,
                actor=from_request(request),
                term=form.term,
                item_ids=[item.pk for item in items] if items else None,
            )
        except REFUSALS as error:
            refuse(request, form, error)
        else:
            _say(request, made)
            return redirect("reviews:sheet", review.pk)
    shown = {**frame(request, review), "form": form, **sampled(items)}
    return render(request, "reviews/delegate.html", shown, status=422 if form.errors else 200)


def away(request: HttpRequest) -> HttpResponse:
    """Out of office, and every delegation from and to oneself."""
    person = user_of(request).person_id
    form = TermForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = set_out_of_office(actor=from_request(request), term=form.term)
        except REFUSALS as error:
            refuse(request, form, error)
        else:
            messages.success(request, f"{made.to_person} decides for you {_days(made)}.")
            return redirect("reviews:away")
    shown = {"form": form, "given": given_by(person), "taken": taken_by(person)}
    return render(request, "reviews/away.html", shown, status=422 if form.errors else 200)


@require_POST
def end(request: HttpRequest, delegation_id: int) -> HttpResponse:
    """Take it back, or give it back; what was decided stands."""
    user = user_of(request)
    found = get_object_or_404(delegations_visible_to(user), pk=delegation_id)
    try:
        ended = end_delegation(found, actor=from_request(request))
    except REFUSALS as error:
        note_refusal(request, str(error))
        messages.error(request, str(error))
    else:
        messages.success(request, f"Ended: {ended}. What has been decided stands.")
    mine = found.review_id is not None and found.from_person_id == user.person_id
    here = request.POST.get("from") == "sheet" and mine
    return redirect(reverse("reviews:sheet", args=[found.review_id]) if here else "reviews:away")


def picked_items(request: HttpRequest, review: Review) -> list[ReviewItem]:
    """The items of the sheet that the address or the form names, each once."""
    named = request.GET.getlist("item") + request.POST.getlist("item")
    named += [pick.partition(":")[0] for pick in request.POST.getlist("pick")]
    ids = {int(text) for text in named if text.isdecimal() and len(text) < 19}
    if not ids:
        return []
    found = items_on(review, user_of(request)).filter(pk__in=ids)
    found = found.select_related("review", "second_review")
    items = list(found.order_by("lane", "holder_name", "pk"))
    if not items:
        raise Http404
    if missing := len(ids) - len(items):
        messages.warning(request, f"Not on this sheet any more: {missing} of what you picked.")
    return items


def sampled(items: list[ReviewItem]) -> dict[str, object]:
    """The picked items as their form shows them: a few by name, all by number."""
    return {"items": items, "sample": items[:SAMPLE], "rest": max(0, len(items) - SAMPLE)}


def refuse(request: HttpRequest, form: Form, error: Exception) -> None:
    form.add_error(None, str(error))
    if not isinstance(error, WrongInput):
        note_refusal(request, str(error))


def _say(request: HttpRequest, made: Delegated) -> None:
    delegation = made.delegation
    count = f"{made.count} item{'s' if made.count != 1 else ''}"
    messages.success(request, f"{delegation.to_person} decides on {count} {_days(delegation)}.")
    for item in made.stayed[:SAMPLE]:
        messages.warning(
            request,
            f"{who(item)}, {right_words(item)} in {item.system_name} stays with you: "
            f"{delegation.to_person} may not judge it.",
        )
    if len(made.stayed) > SAMPLE:
        messages.warning(request, f"{len(made.stayed) - SAMPLE} more stay with you, likewise.")


def _days(delegation: Delegation) -> str:
    return f"from {delegation.starts_on:%-d %B} to {delegation.ends_on:%-d %B %Y}"
