"""The rows of a sheet in other templates: in their lanes, or one of them."""

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import quote

from django import template
from django.template.context import RequestContext
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from reviews.enums import Lane
from reviews.queries.folding import Entry, Group

register = template.Library()

# What the rows need to know of their page.
OF_THE_PAGE = (
    "review", "campaign", "progress", "may_act", "mine", "by", "current", "refusal", "refusals",
    "is_folded", "fold_link", "unfold_link",
)  # fmt: skip


@register.simple_tag(takes_context=True)
def sheet_lanes(
    context: RequestContext, lanes: Sequence[tuple[Lane, Sequence[Group]]]
) -> SafeString:
    return _render("lanes", context, lanes=lanes, anew=False)


@register.simple_tag(takes_context=True)
def sheet_entry(context: RequestContext, entry: Entry) -> SafeString:
    """One row, with the form or the question that an act on it has opened."""
    return _render("entry", context, entry=entry, opened=_opened(context, entry))


@register.simple_tag(takes_context=True)
def lane_count(context: RequestContext, lane: int) -> SafeString:
    """How many of a lane are to go after an act, to stand where it stood on the page."""
    return _render("count", context, lane=lane, anew=True)


def _render(name: str, context: RequestContext, **given: Any) -> SafeString:
    made = get_template(f"reviews/rows/{name}.jinja", using="rows")
    return mark_safe(made.render({**_of_the_page(context), **given}))  # noqa: S308 - it escapes


def _of_the_page(context: RequestContext) -> dict[str, Any]:
    """``place`` is where in the list one came from, ``at`` the same as it stands in addresses."""
    review, place = context["review"].pk, context.get("at") or ""
    token = format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">', context["csrf_token"]
    )
    return {
        **{name: context.get(name) for name in OF_THE_PAGE},
        "refusals": context.get("refusals") or [],
        "csrf": token,
        "place": place,
        "at": quote(place, safe="/"),
        "sheet_at": reverse("reviews:sheet", args=[review]),
        "items_at": reverse("reviews:item", args=[review, 0]).removesuffix("0/"),
        "bulk_at": reverse("reviews:bulk", args=[review]),
        "hand_on_at": reverse("reviews:hand_on", args=[review]),
        "delegate_at": reverse("reviews:delegate", args=[review]),
    }


def _opened(context: RequestContext, entry: Entry) -> str:
    if context.get("form"):
        name = "reviews/_row_form.html"
    elif context.get("ask"):
        name = "reviews/_ask.html"
    else:
        return ""
    pk = entry.item.pk
    here = reverse("reviews:item", args=[context["review"].pk, pk])
    around = cast("dict[str, Any]", context.flatten())
    more = {"row": entry, "item": entry.item, "pk": pk, "here": here}
    return render_to_string(name, {**around, **more})
