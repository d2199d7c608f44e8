"""Second looks: what was kept, judged again by somebody independent, one by one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import rules as account_rules
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.views.marking import marking
from accounts.views.refusals import try_act
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer
from reviews import rules
from reviews.actions.looking import agree, call_for_looks, overturn
from reviews.enums import LookResult, LookRule
from reviews.forms.campaigns import ReasonForm
from reviews.forms.checking import LookForm
from reviews.models import SecondLook
from reviews.queries.checking import looks_visible_to, next_look, to_look_at
from reviews.views.scope import get_campaign, those_who_run_only, user_of

LOOKS = List(
    columns=(
        Column("item", "Access", value="item.holder_name"),
        Column("account", "Account", value="item.account_username", on_page=False),
        Column("system", "System", value="item.system_name", on_page=False),
        Column("right", "Right", value="item.right", on_page=False),
        Column("kept_by", "Kept by", value="decision.person_name"),
        Column("rule", "Why", value="get_rule_display"),
        Column("looker", "Goes to", value="looker.name"),
        Column("asked_at", "Asked", order="asked_at"),
        Column("result", "Result", value="get_result_display"),
        Column("looked_by", "Looked at by", value="looked_by.name", on_page=False),
        Column("looked_at", "Looked at", on_page=False),
        Column("reason", "Reason", on_page=False),
    ),
    order=("looked_at", "id"),
    filters=(
        Search(
            "q",
            "Search",
            columns=("item__holder_name", "item__account_username", "item__system_name"),
        ),
        YesNo("open", "To look at", where=to_look_at()),
        Choice("result", "Result", choices=LookResult.choices),
        Choice("rule", "Why", choices=LookRule.choices),
    ),
)


@require_safe
def looks(request: HttpRequest) -> HttpResponseBase:
    """Those that wait first; who reads everything sees everybody's."""
    user, actor = user_of(request), from_request(request)
    rows = looks_visible_to(user)
    return answer(
        request,
        "reviews/looks/list.html",
        LOOKS,
        rows,
        name="second looks",
        marking=marking(request, LOOKS.select(request.GET, rows), "item__data_class"),
        context={"all": account_rules.may_read_all(user)},
        on_export=lambda form: record_export(
            "second_looks", actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


def look(request: HttpRequest, look_id: int) -> HttpResponse:
    """One kept item with what was shown and said of it, and the two answers."""
    user = user_of(request)
    found = get_object_or_404(looks_visible_to(user), pk=look_id)
    waits = looks_visible_to(user).filter(to_look_at(), pk=look_id).exists()
    may_answer = rules.may_look_again(user, found)
    form = LookForm(request.POST or None)
    if request.method == "POST":
        if not may_answer:
            raise Http404
        if form.is_valid() and _answer(request, found, form):
            return _on_to_the_next(request, found)
    shown = {
        "look": found,
        "item": found.item,
        "decision": found.decision,
        "form": form,
        "may_answer": may_answer and waits,
    }
    return render(request, "reviews/looks/look.html", shown, status=422 if form.is_bound else 200)


def call(request: HttpRequest, campaign_id: int, review_id: int) -> HttpResponse:
    """Ask for a second look at a signed sheet."""
    those_who_run_only(request)
    campaign = get_campaign(request, campaign_id)
    review = get_object_or_404(campaign.reviews, pk=review_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, actor = form.cleaned_data["reason"], from_request(request)
        if try_act(request, form, lambda: call_for_looks(review, actor=actor, reason=reason)):
            messages.success(request, "Asked: somebody independent looks at these again.")
            return redirect("reviews:looks")
    shown = {
        "campaign": campaign,
        "form": form,
        "title": f"A second look at the sheet of {review.reviewer_name}",
        "button": "Ask for it",
    }
    status = 422 if form.is_bound else 200
    return render(request, "reviews/campaigns/form.html", shown, status=status)


def _answer(request: HttpRequest, found: SecondLook, form: LookForm) -> bool:
    given, actor = form.cleaned_data, from_request(request)
    act = overturn if given["result"] == LookResult.OVERTURNED else agree
    return try_act(request, form, lambda: act(found, actor=actor, reason=given["reason"]))


def _on_to_the_next(request: HttpRequest, found: SecondLook) -> HttpResponse:
    following = next_look(user_of(request), found.pk)
    if following is None:
        messages.success(request, "Answered. Nothing else waits for a second look of yours.")
        return redirect("reviews:looks")
    messages.success(request, "Answered. This is the next one.")
    return redirect("reviews:look", following.pk)
