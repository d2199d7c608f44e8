"""A sheet as a list: what it is filtered by, how it lies, and what its export tells."""

from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponseBase

from accounts import insights
from accounts.actions.exports import record_export
from accounts.actors import from_request
from accounts.enums import AccountType, DataClass, Grouping
from accounts.views.marking import marking
from listing.address import Params
from listing.columns import Column
from listing.filters import Choice, Filter, Search, YesNo
from listing.lists import List
from listing.views import answer
from reviews.enums import DecisionState, Lane
from reviews.models import Decision, Review
from reviews.queries.folding import ORDERS, Items
from reviews.queries.sheets import told_of, undecided
from reviews.templatetags.review_words import all_insights, change_words, right_words, who
from reviews.views.scope import user_of

COLUMNS = (
    Column("who", "Who", value=who),
    Column("title", "Title", value="holder_title"),
    Column("team", "Team", value="holder_team"),
    Column("account", "Account", value=lambda item: item.account_username or item.account_key),
    Column("type", "Type", value="get_account_type_display"),
    Column("system", "System", value="system_name"),
    Column("class", "Data class", value="get_data_class_display"),
    Column("right", "Right", value=right_words),
    Column("lane", "Lane", value="get_lane_display"),
    Column(
        "reasons", "Reasons to look", value=lambda item: [i["words"] for i in all_insights(item)]
    ),
    Column(
        "changes",
        "Changed",
        value=lambda item: [
            f"{c['field']}: {c['now']}, was {c['was']}" for c in change_words(item)
        ],
    ),
    Column("used", "Last used", value="last_used"),
    Column("use", "Last use", value="get_last_use_display"),
    Column("choice", "Decision", value=lambda item: item.chosen or ""),
    Column("said", "Reason", value=lambda item: item.said or ""),
)


def grouping(request: HttpRequest) -> str:
    """By person or by system: as the address says, else as the user likes it."""
    asked = request.GET.get("by", "")
    return asked if asked in Grouping.values else user_of(request).sheets_by


def is_folded(params: Params) -> bool:
    return params.get("fold") != "no"


def sheet_list(review: Review, items: Items, params: Params, *, by: str) -> List:
    """``items`` are those of the sheet that the reader may see."""
    return List(columns=COLUMNS, order=ORDERS[by], filters=_filters(review, items, params))


def export(request: HttpRequest, review: Review, items: Items, *, by: str) -> HttpResponseBase:
    """What the sheet shows, as a file; that somebody took it away is an event."""
    shown = sheet_list(review, items, request.GET, by=by)
    return answer(
        request,
        "reviews/sheet.html",
        shown,
        _with_decisions(review, items),
        name=f"sheet-{review.pk}",
        marking=marking(request, items, "data_class"),
        on_export=lambda form: record_export(
            f"sheet-{review.pk}",
            actor=from_request(request),
            form=form,
            asked=request.GET.urlencode(),
        ),
    )


def _with_decisions(review: Review, items: Items) -> Items:
    """Each item with what the sheet's reviewer chose, and why; never what the other of two did."""
    own = Decision.objects.filter(item=OuterRef("pk"), review=review, state=DecisionState.STANDING)
    return items.annotate(
        chosen=Subquery(own.values("choice")[:1]), said=Subquery(own.values("reason")[:1])
    )


def _filters(review: Review, items: Items, params: Params) -> tuple[Filter, ...]:
    systems, rules = told_of(items)
    found: tuple[Filter, ...] = (
        Search(
            "q",
            "Search",
            columns=("holder_name", "account_username", "right", "system_name"),
            help="Name, account, right or system",
        ),
        Choice("lane", "Lane", choices=Lane.choices),
        YesNo("open", "To decide", where=undecided(review)),
        Choice("system", "System", choices=systems),
        Choice("type", "Type", choices=AccountType.choices, column="account_type"),
        Choice(
            "reason",
            "Reason to look",
            choices=[(rule, insights.name_of(rule)) for rule in rules],
            where=lambda rule: Q(insights__contains=[{"rule": rule}]),
        ),
        Choice("class", "Data class", choices=DataClass.choices, column="data_class"),
        YesNo("second", "I am the second person", where=Q(second_review=review)),
    )
    of = params.get("of", "")
    return (*found, _person(items, of)) if of else found


def _person(items: Items, number: str) -> Filter:
    """The same person or machine as in the item of that number; only where the address asks."""
    item = items.filter(pk=int(number)).first() if number.isdecimal() else None
    return Choice(
        "of",
        "Person",
        choices=[(item.pk, who(item))] if item else [],
        where=lambda _: Q(subject=item.subject) if item else Q(),
    )
