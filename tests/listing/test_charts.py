"""Charts say in words what they show, and hold at nothing, one and many."""

import re

import pytest
from django.template import Context, Template

from listing.templatetags.charts import Bar, Point


def line(points: list[Point]) -> str:
    template = Template(
        "{% load charts %}"
        '{% line_chart points words=words labels=labels end="323 to go" ideal=True %}'
    )
    return template.render(
        Context({"points": points, "words": "323 <to> go", "labels": ["5 Oct", "19 Oct"]})
    )


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ([], []),
        ([0], ["56.0,190.0"]),
        ([10, 0], ["56.0,18.0", "548.0,190.0"]),
        ([4, 8, 8], ["56.0,104.0", "302.0,18.0", "548.0,18.0"]),
    ],
)
def test_line_goes_from_the_left_edge_to_the_right(values: list[int], places: list[str]) -> None:
    last = max(len(values) - 1, 1)
    drawn = line([Point(place / last, value) for place, value in enumerate(values)])
    found = re.findall(r'points="([^"]*)"', drawn)
    assert found == ([" ".join(places)] if places else [])
    assert 'aria-label="323 &lt;to&gt; go"' in drawn


def test_bars_are_shares_of_the_longest_and_lead_to_their_rows() -> None:
    bars = [Bar("Gone", 1200, "good", "/removals/?state=gone"), Bar("Overdue", 0)]
    drawn = Template('{% load charts %}{% bar_chart bars words="Removals" %}').render(
        Context({"bars": bars})
    )
    assert re.findall(r'value="(\d+)" max="(\d+)"', drawn) == [("1200", "1200"), ("0", "1200")]
    assert '<a href="/removals/?state=gone">Gone</a>' in drawn
    assert "<b>1,200</b>" in drawn
