"""What is said on the timeline of an item: facts, how a decision was made, what was put right."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString

from accounts import insights
from listing.templatetags.times import day, moment
from reviews.models import Decision, ReviewItem

register = template.Library()

CHANNELS = {"page": "on the page", "command": "by command", "api": "by API"}


@register.filter
def fact_words(value: Any) -> SafeString | str:
    """A fact of any kind as people read it; "none" where nothing is told."""
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case list():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value or "none")


@register.filter
def how_words(decision: Decision) -> str:
    """on the page, one of 12 together"""
    how = CHANNELS.get(decision.channel, decision.channel)
    return f"{how}, one of {decision.bulk_size} together" if decision.bulk_size > 1 else how


@register.filter
def corrections(item: ReviewItem) -> list[dict[str, Any]]:
    """The violations that were put right: in words, by naming what, and when."""
    words = {insight["rule"]: insights.label(insight) for insight in item.insights}
    return [
        {
            "words": words.get(rule, rule),
            "named": ", ".join(how["named"]),
            "at": datetime.fromisoformat(how["at"]),
        }
        for rule, how in item.corrected.items()
    ]
