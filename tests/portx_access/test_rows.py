"""The engine of the rows: it escapes, refuses what is missing, and speaks as other templates do."""

from datetime import date

import pytest
from django.template import Context, Template, engines
from jinja2 import UndefinedError


def test_what_people_wrote_is_escaped() -> None:
    assert engines["rows"].from_string("{{ name }}").render({"name": "<i>Tom</i>"}) == (
        "&lt;i&gt;Tom&lt;/i&gt;"
    )


@pytest.mark.parametrize("text", ["{{ name }}", "{% if name %}x{% endif %}", "{{ none.name }}"])
def test_a_name_that_is_missing_is_an_error(text: str) -> None:
    with pytest.raises(UndefinedError):
        engines["rows"].from_string(text).render({"none": None})


@pytest.mark.parametrize("words", ["day|day", "day|date('j M')", "choice|choice_button"])
def test_a_filter_says_the_same_in_both_engines(words: str) -> None:
    given = {"day": date(2026, 10, 5), "choice": "revoke"}
    django = Template(
        "{% load times review_words %}{{ " + words.replace("('j M')", ":'j M'") + " }}"
    )
    rows = engines["rows"].from_string("{{ " + words + " }}")
    assert rows.render(given) == django.render(Context(given))
