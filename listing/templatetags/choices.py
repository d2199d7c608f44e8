"""The choices of a field, which a list has by the dozen."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """Pairs of value and words as what a select offers, with what is chosen marked."""
    made = [
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(words)}</option>"
        for value, words in choices
    ]
    return mark_safe("".join(made))  # noqa: S308 - it escapes
