"""The address of a list: its filters, its sort and its place, and the links that change one."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.utils.datastructures import MultiValueDict

Params = MultiValueDict[str, str]

AFTER, BEFORE = "after", "before"
SORT = "sort"
EXPORT = "export"


def link(params: Params, *, without: Iterable[str] = (), **new: str) -> str:
    """The same list with ``new`` parameters and without others; all the rest stays. A link
    that names no place leads to the first page."""
    return "?" + urlencode([*others(params, [*without, *new]), *new.items()])


def others(params: Params, without: Iterable[str]) -> list[tuple[str, str]]:
    """The parameters with a value, but for a place and those named."""
    dropped = {AFTER, BEFORE, EXPORT, *without}
    return [
        (name, value)
        for name, values in params.lists()
        if name not in dropped
        for value in values
        if value != ""
    ]
