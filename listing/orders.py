"""Orders of rows that name every row's place, and places as they stand in an address.

An order is a tuple of columns as in ``order_by``, ("-opened_at", "id"), and ends in a unique
one. A column that can be null sorts null as the largest value, as PostgreSQL's indexes do. A
place is the JSON list of a row's values in these columns: plain, and checked when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, DateTimeField, F, Field, Func, Model, Q, QuerySet, Value

Order = tuple[str, ...]


class BadPlace(ValueError):
    """The address names a place that is none in this order."""


@dataclass(frozen=True)
class Key:
    """One column of an order."""

    name: str
    descending: bool
    field: Field[Any, Any]
    nullable: bool

    def beyond(self, value: object) -> Q:
        """Rows that stand after ``value`` in this column."""
        if value is None:
            return Q((f"{self.name}__isnull", False)) if self.descending else _NOTHING
        if self.descending:
            return Q((f"{self.name}__lt", value))
        return Q((f"{self.name}__gt", value)) | self._null_after()

    def level(self, value: object) -> Q:
        return Q((f"{self.name}__isnull", True)) if value is None else Q((self.name, value))

    def bound(self, value: object) -> Q:
        """What ``beyond`` or ``level`` implies, in the one form that starts an index scan."""
        if value is None or (self.nullable and not self.descending):
            return Q()
        return Q((f"{self.name}__{'lte' if self.descending else 'gte'}", value))

    def _null_after(self) -> Q:
        return Q((f"{self.name}__isnull", True)) if self.nullable else Q()


_NOTHING = Q(pk__in=())


def keys_of(queryset: QuerySet[Any], order: Order) -> tuple[Key, ...]:
    return tuple(_key(queryset, column) for column in order)


def reverse(order: Order) -> Order:
    return tuple(column[1:] if column.startswith("-") else f"-{column}" for column in order)


def place_of(row: Any, keys: Sequence[Key]) -> str:
    values = [_value(row, key.name) for key in keys]
    return json.dumps(values, default=_plain, ensure_ascii=False, separators=(",", ":"))


def read_place(text: str, keys: Sequence[Key]) -> tuple[object, ...]:
    """The values at a place; raises BadPlace."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadPlace(text) from error
    if not isinstance(values, list) or len(values) != len(keys):
        raise BadPlace(text)
    return tuple(_read(value, key) for value, key in zip(values, keys, strict=True))


def beyond(keys: Sequence[Key], values: Sequence[object]) -> Q | Func:
    """The rows after the one that has these values."""
    one_way = len({key.descending for key in keys}) == 1
    if one_way and not any(key.nullable for key in keys):
        return _row_beyond(keys, values)
    condition = Q()
    for key, value in reversed(list(zip(keys, values, strict=True))):
        condition = key.beyond(value) | (key.level(value) & condition if condition else Q())
    return keys[0].bound(values[0]) & condition


class _Row(Func):
    template = "(%(expressions)s)"
    output_field = BooleanField()


def _row_beyond(keys: Sequence[Key], values: Sequence[object]) -> Func:
    """``(a, b) > (x, y)``: one range of an index, however many rows share ``a``."""
    bounds = [Value(value, output_field=key.field) for key, value in zip(keys, values, strict=True)]
    return Func(
        _Row(*(F(key.name) for key in keys)),
        _Row(*bounds),
        template="%(expressions)s",
        arg_joiner=" < " if keys[0].descending else " > ",
        output_field=BooleanField(),
    )


def _key(queryset: QuerySet[Any], column: str) -> Key:
    name = column.removeprefix("-")
    field, nullable = field_of(queryset, name)
    return Key(name, column.startswith("-"), field, nullable)


def field_of(queryset: QuerySet[Any], name: str) -> tuple[Field[Any, Any], bool]:
    """The field behind a column of the queryset, and whether it can be null."""
    if name in queryset.query.annotations:
        return queryset.query.annotations[name].output_field, True
    field: Any = None
    model: type[Model] | None = queryset.model
    nullable = False
    for part in name.split("__"):
        if model is None:
            raise FieldDoesNotExist(f"{name} leads through {part}, which is no relation.")
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        nullable = nullable or getattr(field, "null", True)
        model = field.related_model
    return getattr(field, "target_field", field), nullable


def _value(row: Any, name: str) -> Any:
    if isinstance(row, Mapping):
        return row[name]
    if hasattr(row, name):
        return getattr(row, name)
    for part in name.split("__"):
        row = None if row is None else getattr(row, part)
    return row.pk if isinstance(row, Model) else row


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _read(value: object, key: Key) -> object:
    if value is None and key.nullable:
        return None
    if not isinstance(value, str | int | float) or "\0" in str(value):
        raise BadPlace(value)
    try:
        return _read_moment(value) if isinstance(key.field, DateTimeField) else _clean(value, key)
    except (ValueError, TypeError, OverflowError, ValidationError) as error:
        raise BadPlace(value) from error


def _read_moment(value: object) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise BadPlace(value)
    return moment


def _clean(value: object, key: Key) -> object:
    """The value as the field has it; its validators keep integers within their column."""
    found = key.field.to_python(value)
    key.field.run_validators(found)
    return found
