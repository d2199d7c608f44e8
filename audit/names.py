"""Names for refs: the trail holds "user:17", and people read who that is.

``settings.TRAIL_NAMES`` maps the first word of a ref to a function ``names(ids) -> {id: name}``
of the room that knows it, so that nothing here looks upward. What has gone keeps its ref.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.utils.module_loading import import_string


def names_of(refs: Iterable[str]) -> dict[str, str]:
    """A name for each ref that has one; one query for each kind of ref."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for ref in refs:
        kind, _, number = ref.partition(":")
        if kind in settings.TRAIL_NAMES and number.isascii() and number.isdecimal():
            by_kind[kind].add(int(number))
    return {
        f"{kind}:{number}": name
        for kind, numbers in by_kind.items()
        for number, name in import_string(settings.TRAIL_NAMES[kind])(numbers).items()
    }


def shown(ref: str, names: dict[str, str]) -> str:
    """A ref as people read it: "Alice Okafor", or "user 17" where no name is known."""
    if ref in names:
        return names[ref]
    kind, _, rest = ref.partition(":")
    return rest if kind == "system" and not rest.isdecimal() else f"{kind} {rest}"
