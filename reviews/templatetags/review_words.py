"""What is said of items, decisions and removals, the same on every page."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone, get_current_timezone_name

import clock
from accounts import insights
from accounts.enums import AccountType, DataClass, LastUse, Precision, Severity
from accounts.insights.words import Insight
from reviews import rules
from reviews.enums import (
    CampaignState,
    Choice,
    ExceptionState,
    Lane,
    Outcome,
    RevocationState,
    RoutedBy,
    Stage,
)
from reviews.models import Campaign, Correction, Decision, ReviewItem, RuleException
from reviews.queries.folding import Fold
from reviews.queries.sheets import Row

register = template.Library()

MOST_REASONS, MOST_NAMED = 2, 3
CLASSES = dict(DataClass.choices)
SERVICES = {AccountType.SERVICE, AccountType.EMERGENCY}
# The past tense that a pressed button and an outcome bear.
DECIDED = {
    Choice.CERTIFY: "Kept",
    Choice.CERTIFY_UNTIL: "Kept until",
    Choice.REVOKE: "Revoked",
    Choice.DONT_KNOW: "Don't know",
}
BUTTONS = {
    Choice.CERTIFY: "Keep",
    Choice.CERTIFY_UNTIL: "Keep until then",
    Choice.REVOKE: "Revoke",
    Choice.DONT_KNOW: "Ask",
}
LANE_NOTES = {
    Lane.MUST_LOOK: "one by one, with a reason",
    Lane.CHANGED: "not as it was when it was last kept",
    Lane.NEW: "not reviewed before",
    Lane.UNCHANGED: "as it was when it was last kept",
}
OUTCOMES = {
    Outcome.OPEN: "Open",
    Outcome.CERTIFIED: "Kept",
    Outcome.CERTIFIED_UNTIL: "Kept until a day",
    Outcome.REVOKED: "Revoked",
    Outcome.GONE: "Gone before decision",
    Outcome.NOT_REVIEWED: "Not reviewed",
}
MEANING: dict[str, str] = {
    Outcome.CERTIFIED: "good",
    Outcome.CERTIFIED_UNTIL: "good",
    Outcome.REVOKED: "bad",
    Outcome.NOT_REVIEWED: "warn",
    ExceptionState.ASKED: "look",
    ExceptionState.GRANTED: "good",
    ExceptionState.REFUSED: "bad",
    RevocationState.VERIFIED: "good",
    RevocationState.FAILED: "bad",
    RevocationState.DONE: "info",
    RevocationState.OPEN: "warn",
}
ROUTES = {
    RoutedBy.MANAGER: "since the reviewer is the holder's manager",
    RoutedBy.SPONSOR: "since the reviewer vouches for the account",
    RoutedBy.TEAM_LEAD: "since the reviewer leads the team that owns it",
    RoutedBy.SYSTEM_OWNER: "since the reviewer owns the system",
    RoutedBy.FALLBACK: "since nobody nearer can judge it",
    RoutedBy.REASSIGNED: "since it was handed on",
    RoutedBy.ESCALATED: "since it was overdue elsewhere",
    RoutedBy.SUCCESSOR: "since its reviewer left",
    RoutedBy.OWN_ACCESS: "since it became its reviewer's own access",
    RoutedBy.DONE_AGAIN: "since a second look asks for it to be done again",
}


@register.filter
def who(item: ReviewItem) -> str:
    """Whom an item is about: the holder, or the account where it is a machine's or nobody's."""
    if item.account_type in SERVICES:
        return item.account_username or item.account_key
    return item.holder_name or item.account_name or item.account_username or item.account_key


@register.filter
def who_more(item: ReviewItem) -> str:
    """The line below: what they are, and for whom."""
    if item.account_type in SERVICES:
        held = f"held by {item.holder_name}" if item.holder_name else ""
        owned = f"of {item.owner_name}" if item.owner_name else "owned by nobody"
        return _joined(f"{item.account_type} account {owned}", held)
    if item.account_type == AccountType.TEMPORARY:
        sponsor = f"sponsor {item.sponsor_name}" if item.sponsor_name else "without a sponsor"
        ends = f"ends {_day(item.expires)}" if item.expires else "no end date"
        return _joined(item.holder_title or "temporary", sponsor, ends)
    if item.account_type == AccountType.UNCLASSIFIED and not item.holder_name:
        return "linked to nobody"
    return _joined(item.holder_title, item.holder_team) or item.get_account_type_display()


@register.filter
def account_words(item: ReviewItem) -> str:
    """The account's name, where ``who`` has not said it."""
    name = item.account_username or item.account_key
    return "" if name == who(item) else name


@register.filter
def right_words(item: ReviewItem) -> str:
    """The right in plain words; of an account item, that it is the account itself."""
    return item.right or "The account itself"


@register.filter
def baseline_words(item: ReviewItem) -> str:
    """What was folded into the item: the rights that everybody has."""
    return ", ".join(item.baseline_rights)


@register.filter
def class_words(value: str) -> str:
    return CLASSES.get(value, value)


@register.filter
def last_use_words(item: ReviewItem) -> SafeString | str:
    """used 2 October 2026 · never used · last use unknown · last use not available."""
    if item.last_use == LastUse.KNOWN and item.last_used:
        return _used(item.last_used)
    if item.last_use == LastUse.NEVER:
        return "never used"
    return (
        "last use not available" if item.last_use == LastUse.NOT_AVAILABLE else ("last use unknown")
    )


@register.filter
def last_use_source(item: ReviewItem) -> str:
    """Why nothing is known of the last use, or how exactly it is known."""
    return {
        LastUse.KNOWN: "by day" if item.last_used_precision == Precision.DAY else "",
        LastUse.NEVER: "as its source says",
        LastUse.UNKNOWN: "its source says nothing of this account",
        LastUse.NOT_AVAILABLE: "its source keeps no record of it",
    }[LastUse(item.last_use)]


@register.filter
def reasons(item: ReviewItem) -> list[dict[str, Any]]:
    """At most two reasons to look, most serious first, each with its severity and its words."""
    shown = [i for i in insights.ranked(item.insights) if i["outcome"] != Severity.INFORMATION]
    return [_reason(i, item) for i in shown[:MOST_REASONS]]


@register.filter
def insight_label(insight: Insight) -> str:
    return insights.label(insight)


@register.filter
def insight_words(insight: Insight) -> str:
    return insights.sentence(insight)


@register.filter
def all_insights(item: ReviewItem) -> list[dict[str, Any]]:
    return [
        {**_reason(i, item), "sentence": insights.sentence(i)}
        for i in insights.ranked(item.insights)
    ]


def _reason(insight: Insight, item: ReviewItem) -> dict[str, Any]:
    return {
        "outcome": insight["outcome"],
        "words": insights.label(insight),
        "put_right": insight["rule"] in item.corrected,
    }


@register.filter
def change_words(item: ReviewItem) -> list[dict[str, str]]:
    """What is not as it was when it was last kept: the field, from what, to what."""
    return [
        {
            "field": str(change["field"]),
            "was": _value(change["field"], change["was"]),
            "now": _value(change["field"], change["now"]),
        }
        for change in item.changes
    ]


@register.filter
def decided_words(decision: Decision) -> str:
    """Kept until 20 December 2026"""
    words = DECIDED[Choice(decision.choice)]
    return f"{words} {_day(decision.until)}" if decision.until else words


@register.filter
def choice_words(decision: Decision | Correction) -> str:
    return f"Keep until {_day(decision.until)}" if decision.until else decision.get_choice_display()


@register.filter
def days_left(exception: RuleException) -> int | str:
    """How long a granted exception still holds; blank for the others."""
    granted = exception.state == ExceptionState.GRANTED
    return (exception.ends_on - clock.today()).days if granted else ""


@register.filter
def rule_words(exception: RuleException) -> str:
    """What the exception makes up for, in the words of its insights."""
    found = {i["rule"]: insights.label(i) for i in exception.item.insights}
    return ", ".join(found.get(rule, rule) for rule in exception.rules)


@register.filter
def outcome_words(outcome: str) -> str:
    return OUTCOMES[Outcome(outcome)]


@register.filter
def meaning(state: str) -> str:
    """The chip of an outcome or of a removal's state."""
    return MEANING.get(state, "info")


@register.filter
def route_words(routed_by: str) -> str:
    return ROUTES[RoutedBy(routed_by)]


@register.filter
def broken(item: ReviewItem) -> bool:
    return bool(rules.violations(item))


@register.filter
def may_ask_exception(item: ReviewItem) -> bool:
    """Whether only an exception would let it be kept as it is, and none is granted."""
    return broken(item) and item.excepted_until is None


@register.filter
def picks(rows: Iterable[Row]) -> str:
    """The rows as one pick: each item with the version that the page shows."""
    return " ".join(f"{row.item.pk}:{row.version}" for row in rows)


@register.filter
def members(fold: Fold) -> str:
    return " ".join(str(row.item.pk) for row in fold.rows)


@register.filter
def rights_words(fold: Fold) -> str:
    """Read the books, Edit pages and 2 more"""
    names = list(dict.fromkeys(right_words(row.item) for row in fold.rows))
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


@register.filter
def fold_needs_reason(fold: Fold) -> bool:
    return any(rules.needs_reason(row.item, Choice.CERTIFY) for row in fold.open)


@register.filter
def keep_needs_reason(item: ReviewItem) -> bool:
    return rules.needs_reason(item, Choice.CERTIFY)


@register.filter
def lane_words(lane: int) -> str:
    return Lane(lane).label


@register.filter
def lane_note(lane: int) -> str:
    return LANE_NOTES[Lane(lane)]


@register.filter
def choice_button(choice: str) -> str:
    return BUTTONS[Choice(choice)]


@register.filter
def version_seen(decision: Decision) -> int:
    """The version of its item at its stage, as the page shows it."""
    return rules.version_of(decision.item, Stage(decision.stage))


@register.filter
def is_late(campaign: Campaign) -> bool:
    return campaign.state == CampaignState.OPEN and clock.now() > campaign.due_at


@register.filter
def due_words(campaign: Campaign) -> SafeString:
    """Monday 19 October 2026, 22:59 (UTC), which is 23:59 in Europe/London: a deadline in the
    zone of who reads it, and in that of its campaign where it is another."""
    here = get_current_timezone_name()
    words = format_html(
        '<time datetime="{}">{}</time> ({})',
        campaign.due_at.isoformat(),
        date_format(campaign.due_at.astimezone(get_current_timezone()), "l j F Y, H:i"),
        here,
    )
    if here == campaign.zone:
        return words
    local = campaign.due_at.astimezone(ZoneInfo(campaign.zone))
    return format_html("{}, which is {} in {}", words, date_format(local, "l H:i"), campaign.zone)


@register.filter
def due_day(campaign: Campaign) -> str:
    return date_format(campaign.due_at.astimezone(ZoneInfo(campaign.zone)), "D j M")


@register.filter
def minutes_words(seconds: float) -> str:
    """about 6 minutes"""
    minutes = max(1, round(seconds / 60))
    if minutes >= 100:
        return f"about {round(minutes / 60)} hours"
    return f"about {minutes} minute{'s' if minutes > 1 else ''}"


@register.filter
def look_up(found: Mapping[Any, Any], key: Any) -> Any:
    return found.get(key)


def _value(field: object, value: object) -> str:
    if value in (None, ""):
        return "nobody" if field in {"holder", "owner", "manager"} else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "data class":
        return class_words(str(value))
    if field == "type" and value in AccountType.values:
        return AccountType(value).label.lower()
    if field == "end date":
        return _day(date.fromisoformat(str(value)))
    return str(value)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""


@lru_cache(maxsize=4096)
def _used(at: datetime) -> SafeString:
    """The same for every reader, and the same for most rows of a page."""
    return format_html(
        'used <time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(),
        at.strftime("%Y-%m-%d %H:%M"),
        date_format(at, "j M Y"),
    )
