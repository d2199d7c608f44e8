"""Times in words, the same on every page: in the user's zone, with UTC within reach."""

from datetime import UTC, date, datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone

register = template.Library()


@register.filter
def moment(value: datetime | None, otherwise: str = "") -> SafeString | str:
    """2 Oct 2026, 14:03; ``otherwise`` where there is no time."""
    return _time(value, "j M Y, H:i") if value else otherwise


@register.filter
def day(value: datetime | date | None, otherwise: str = "") -> SafeString | str:
    """2 Oct 2026; ``otherwise`` where there is no day."""
    return _time(value, "j M Y") if value else otherwise


@register.filter
def long_moment(value: datetime | None, otherwise: str = "") -> SafeString | str:
    """Monday 19 October 2026, 23:59 (Europe/London): for deadlines."""
    if not value:
        return otherwise
    return format_html("{} ({})", _time(value, "l j F Y, H:i"), get_current_timezone())


def _time(value: datetime | date, form: str) -> SafeString:
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value, date_format(value, form))
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        utc.isoformat(),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        date_format(value.astimezone(get_current_timezone()), form),
    )
