"""The data class that an export bears."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.enums import DATA_CLASS_RANK, DataClass
from listing.address import EXPORT


def highest(classes: Iterable[str]) -> str:
    """The label of the highest class; lists of people and what they hold are never below Company
    Confidential."""
    found = [DataClass(each) for each in classes] + [DataClass.COMPANY]
    return str(max(found, key=lambda each: DATA_CLASS_RANK[each]).label)


def marking(request: HttpRequest, rows: QuerySet, path: str) -> str:  # type: ignore[type-arg]  # any model's
    """The highest class of the systems that the rows lie in; asked only for an export."""
    if EXPORT not in request.GET:
        return ""
    return highest(rows.order_by().values_list(path, flat=True).distinct())
