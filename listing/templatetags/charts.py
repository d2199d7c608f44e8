"""Charts made on the server, a line as SVG and bars as plain HTML; each says in words what
it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

register = template.Library()

WIDTH, HEIGHT = 560, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 18, 30


@dataclass(frozen=True)
class Point:
    """``at`` is its place from 0.0 (left) to 1.0 (right)."""

    at: float
    value: float


@dataclass(frozen=True)
class Bar:
    """``meaning`` is blank, "good", "bad" or "quiet"; ``link`` leads to the rows behind it."""

    label: str
    value: int
    meaning: str = ""
    link: str = ""


@register.inclusion_tag("listing/_line_chart.html")
def line_chart(
    points: Sequence[Point],
    *,
    words: str,
    labels: Sequence[str],
    end: str = "",
    ideal: bool = False,
) -> dict[str, object]:
    """A line over time from its first point to its last. ``labels`` are spread along the foot,
    ``end`` stands at the last point, ``ideal`` draws a dashed way from the first value to 0,
    ``words`` say the same to those who do not see it."""
    top = max((point.value for point in points), default=0) or 1
    places = [(_across(point.at), _down(point.value, top)) for point in points]
    last = places[-1] if places else (LEFT, _down(0, top))
    return {
        "words": words,
        "path": " ".join(f"{x:.1f},{y:.1f}" for x, y in places),
        "last": last,
        "end": end,
        "end_x": last[0] + (-10 if last[0] > WIDTH * 0.75 else 10),
        "end_y": max(last[1] - 10, 12),
        "end_anchor": "end" if last[0] > WIDTH * 0.75 else "start",
        "grid": [_down(top * share / 4, top) for share in range(5)],
        "top": intcomma(f"{top:g}" if top % 1 else int(top)),
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "foot": HEIGHT - BOTTOM,
        "head": TOP,
        "ideal": ideal,
        "labels": _spread(labels),
        "box": f"0 0 {WIDTH} {HEIGHT}",
    }


@register.inclusion_tag("listing/_bar_chart.html")
def bar_chart(bars: Sequence[Bar], *, words: str) -> dict[str, object]:
    """Lying bars, the longest filling the width; ``words`` name what they compare."""
    return {"words": words, "bars": bars, "top": max((bar.value for bar in bars), default=0) or 1}


def _across(at: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * at


def _down(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)


def _spread(labels: Sequence[str]) -> list[dict[str, object]]:
    """The first label starts at the left edge, the last ends at the right one."""
    steps = max(len(labels) - 1, 1)
    return [
        {
            "text": text,
            "x": round(_across(place / steps), 1),
            "anchor": "start" if place == 0 else "end" if place == steps else "middle",
        }
        for place, text in enumerate(labels)
    ]
