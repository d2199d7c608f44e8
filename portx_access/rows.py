"""The engine of the templates that make a page's many rows: Jinja's, which compiles them."""

from typing import Any

from django.template.defaultfilters import date
from django.urls import reverse
from jinja2 import Environment

from listing.templatetags import times
from reviews.queries.folding import Fold
from reviews.templatetags import review_words, type_questions


def environment(**options: Any) -> Environment:
    """With the filters that the other templates have, too."""
    made = Environment(trim_blocks=True, lstrip_blocks=True, **options)  # noqa: S701 - Django escapes
    for library in (times, review_words, type_questions):
        made.filters.update(library.register.filters)
    made.filters["date"] = date
    made.tests["folded"] = lambda entry: isinstance(entry, Fold)
    made.globals["url"] = lambda name, *args: reverse(name, args=args)
    return made
