"""The lists of one campaign: its items, its reviewers, its exclusions; and handing over."""

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.enums import DATA_CLASS_RANK, AccountType, DataClass
from audit.errors import Conflict, WrongInput
from listing.columns import Column
from listing.filters import Choice, Search, YesNo
from listing.lists import List
from listing.views import answer
from reviews.actions.rerouting import hand_over_sheet
from reviews.enums import ExclusionRule, Lane, Outcome, ReviewState
from reviews.forms.campaigns import HandOverForm
from reviews.models import Campaign, Question, ReviewItem
from reviews.queries.sheets import progress_of
from reviews.views.scope import get_campaign, those_who_run_only


def _items_list(campaign: Campaign) -> List:
    systems = campaign.systems.filter(included=True).order_by("name")
    return List(
        columns=(
            Column("who", "Who", value=lambda item: item.holder_name or item.account_username),
            Column("account", "Account", value="account_username"),
            Column("right", "Right", order="right"),
            Column("system", "System", value="system_name", order="system_name"),
            Column("type", "Type", value="get_account_type_display", on_page=False),
            Column("privileged", "Privileged", on_page=False),
            Column("lane", "Lane", value="get_lane_display", order="lane"),
            Column("reviewer", "Reviewer", value="review.reviewer_name"),
            Column("second", "Second person", value="second_review.reviewer_name", on_page=False),
            Column("outcome", "Outcome", value="get_outcome_display", order="outcome"),
            Column("at", "When", value="outcome_at", on_page=False),
        ),
        order=("lane", "id"),
        filters=(
            Search(
                "q",
                "Search",
                columns=("holder_name", "account_username", "right", "review__reviewer_name"),
                help="person, account, right or reviewer",
            ),
            Choice("outcome", "Outcome", choices=Outcome.choices),
            Choice("lane", "Lane", choices=Lane.choices),
            Choice(
                "system",
                "System",
                choices=list(systems.values_list("system_id", "name")),
                column="system_id",
            ),
            Choice("type", "Type", choices=AccountType.choices, column="account_type"),
            YesNo("privileged", "Privileged", where=Q(privileged=True)),
            YesNo("contested", "Contested", where=Q(contested=True)),
            YesNo("asked", "Question open", where=Q(is_asked=True)),
        ),
    )


@require_safe
def items(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = get_campaign(request, campaign_id)
    return _list(
        request,
        campaign,
        "reviews/campaigns/items.html",
        _items_list(campaign),
        _items_of(campaign),
        "items",
    )


def _items_of(campaign: Campaign) -> QuerySet[ReviewItem]:
    asked = Question.objects.filter(item=OuterRef("pk"), answered_at=None)
    return (
        ReviewItem.objects.filter(campaign=campaign)
        .select_related("review", "second_review")
        .annotate(is_asked=Exists(asked))
    )


REVIEWERS = List(
    columns=(
        Column("reviewer", "Reviewer", value="reviewer_name", order="reviewer_name"),
        Column("state", "State", value="get_state_display"),
        Column("seen", "Last seen", value="last_seen_at"),
        Column("signed", "Signed off", value="signed_at"),
    ),
    order=("reviewer_name", "id"),
    filters=(
        Search("q", "Search", columns=("reviewer_name",)),
        Choice("state", "State", choices=ReviewState.choices),
        YesNo("begun", "Opened", where=Q(first_seen_at__isnull=False)),
    ),
)


@require_safe
def reviewers(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = get_campaign(request, campaign_id)
    sheets = campaign.reviews.select_related("reviewer")
    shown = REVIEWERS.show(request.GET, sheets)
    return _list(
        request,
        campaign,
        "reviews/campaigns/reviewers.html",
        REVIEWERS,
        sheets,
        "reviewers",
        progress=progress_of(sheet.pk for sheet in shown.rows),
    )


EXCLUSIONS = List(
    columns=(
        Column("account", "Account", value="account_username"),
        Column("right", "Right", value="entitlement_key"),
        Column("system", "System", value="system_name"),
        Column("rule", "Rule", value="get_rule_display"),
        Column("reason", "Reason"),
        Column("approved", "Approved by", value="approved_by"),
    ),
    order=("id",),
    filters=(
        Search("q", "Search", columns=("account_username", "entitlement_key", "system_name")),
        Choice("rule", "Rule", choices=ExclusionRule.choices),
    ),
)


@require_safe
def exclusions(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = get_campaign(request, campaign_id)
    return _list(
        request,
        campaign,
        "reviews/campaigns/exclusions.html",
        EXCLUSIONS,
        campaign.exclusions.all(),
        "exclusions",
    )


def _list(
    request: HttpRequest,
    campaign: Campaign,
    template: str,
    listed: List,
    rows: QuerySet,  # type: ignore[type-arg]  # rows of any model
    name: str,
    **context: object,
) -> HttpResponseBase:
    classes = campaign.systems.filter(included=True).values_list("data_class", flat=True)
    highest = max(classes, key=lambda each: DATA_CLASS_RANK[each], default=DataClass.INTERNAL)
    actor = from_request(request)
    return answer(
        request,
        template,
        listed,
        rows,
        name=f"{name} {campaign.quarter}",
        marking=DataClass(highest).label,
        context={"campaign": campaign, **context},
        on_export=lambda form: record_export(
            name, actor=actor, form=form, asked=request.GET.urlencode()
        ),
    )


def hand_over(request: HttpRequest, campaign_id: int, review_id: int) -> HttpResponse:
    """Give all that is undecided on somebody's sheet to another person."""
    those_who_run_only(request)
    campaign = get_campaign(request, campaign_id)
    review = get_object_or_404(campaign.reviews.select_related("reviewer"), pk=review_id)
    form = HandOverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            moved, stayed = hand_over_sheet(
                review, actor=from_request(request), **form.cleaned_data
            )
        except (WrongInput, Conflict) as error:
            form.add_error(None, str(error))
        else:
            _say_moved(request, moved, stayed)
            return redirect("reviews:campaign", campaign.pk)
    shown = {
        "campaign": campaign,
        "form": form,
        "title": f"Hand over the sheet of {review.reviewer_name}",
        "button": "Hand over",
        "left": progress_of([review.pk])[review.pk].to_go,
    }
    status = 422 if form.is_bound else 200
    return render(request, "reviews/campaigns/form.html", shown, status=status)


def _say_moved(request: HttpRequest, moved: int, stayed: int) -> None:
    messages.success(request, f"{moved} item{'s' if moved != 1 else ''} handed over.")
    if stayed:
        messages.warning(
            request,
            f"{stayed} stayed: they are that person's own access, or theirs at the other stage.",
        )
