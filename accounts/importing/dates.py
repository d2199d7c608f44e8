"""What the cells of one column look like as dates, and the SQL that reads them so.

Whether 03/04/2026 is in March or in April can be told from the whole column only, so the
column is looked at while it is staged, one chunk at a time, and turned into times afterwards.
Only values that `connectors.values` was seen to read are ever cast, and each distinct one is
looked at once, so that a million days cost little. Times without a zone are taken as UTC.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts.connectors import values

Order = Literal["dmy", "mdy"]
ORDERS: tuple[Order, Order] = ("dmy", "mdy")
MOST_FAULTS = 1000
_MOST_REMEMBERED = 20_000
_TEMPLATES = {"dmy": "DD/MM/YYYY", "mdy": "MM/DD/YYYY"}
_NO_DATE = frozenset(
    ["none", "no", "no end", "no end date", "no expiry", "unlimited", "indefinite", "permanent"]
)


class DateOrderUnknown(Exception):
    """Nothing in the column tells day from month; ``example`` can be read both ways."""

    def __init__(self, example: str) -> None:
        super().__init__(example)
        self.example = example


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a time, and how SQL reads it."""

    pattern: str
    sql: str
    ordered: bool = False
    clock: bool = False


_HALF = values.DAY_OR_MONTH_PATTERN.replace(r"(?: ?([AaPp][Mm]))?$", r" ?([AaPp][Mm])$")
_NO_HALF = values.DAY_OR_MONTH_PATTERN.replace(r"(?: ?([AaPp][Mm]))?$", r"$")
_FORMS = (
    _Form(values.ISO_PATTERN, "translate({cell}, '/,', '-.')::timestamptz"),
    _Form(values.COMPACT_PATTERN, "{cell}::timestamptz"),
    _Form(values.NAMED_MONTH_PATTERN, "replace({cell}, ',', '')::timestamptz"),
    _Form(
        _NO_HALF,
        "to_timestamp(translate({cell}, 'T,', ' '), '{template} HH24:MI:SS')",
        ordered=True,
    ),
    _Form(
        _HALF,
        "to_timestamp(regexp_replace({cell}, '^([^:]*:[0-9]+) ', '\\1:00 '), "
        "'{template} HH12:MI:SS AM')",
        ordered=True,
    ),
    _Form(
        values.EPOCH_PATTERN,
        "to_timestamp({cell}::float8 / CASE WHEN {cell}::float8 > 1e11 THEN 1000 ELSE 1 END)",
        clock=True,
    ),
)
_PATTERNS = tuple(re.compile(form.pattern, re.ASCII) for form in _FORMS)
_DIGITS = str.maketrans("012345678", "999999999")


class DateColumn:
    """One column, looked at chunk by chunk; memory does not grow with the rows."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.has_clock = False
        self.has_bare_day = False
        self._examples: dict[int, str] = {}
        self._form_of_shape: dict[str, int] = {}
        self._remembered: set[str] = {""}
        self._bad: dict[Order, set[str]] = {order: set() for order in ORDERS}
        self._bad_count: Counter[Order] = Counter()

    def add(self, cells: set[str]) -> None:
        fresh = cells - self._remembered
        if len(self._remembered) < _MOST_REMEMBERED:
            self._remembered |= fresh
        for text in fresh:
            self._look_at(text)

    def _look_at(self, text: str) -> None:
        form = self._form(text)
        if form is None and self._is_word(text):
            if len(self.words) < MOST_FAULTS:
                self.words.add(text)
            return
        for order in ORDERS:
            if form is None or not _reads(text, order):
                self._bad_count[order] += 1
                if len(self._bad[order]) < MOST_FAULTS:
                    self._bad[order].add(text)

    @staticmethod
    def _is_word(text: str) -> bool:
        return not any(sign.isdigit() for sign in text) or says_no_date(text)

    def _form(self, text: str) -> int | None:
        shape = text.translate(_DIGITS)
        form = self._form_of_shape.get(shape)
        if form is None and not says_no_date(text):
            form = next((i for i, each in enumerate(_PATTERNS) if each.match(text)), None)
            if form is not None:
                self._form_of_shape[shape] = form
                self._note_form(form, text)
        return form

    def _note_form(self, form: int, text: str) -> None:
        self._examples.setdefault(form, text)
        clock = ":" in text or _FORMS[form].clock
        self.has_clock = self.has_clock or clock
        self.has_bare_day = self.has_bare_day or not clock

    def order(self, given: Order | None) -> Order:
        """Whether day or month comes first; raises DateOrderUnknown if nothing tells."""
        open_ones = [text for place, text in self._examples.items() if _FORMS[place].ordered]
        if given or not open_ones:
            return given or "dmy"
        if self._bad_count["dmy"] != self._bad_count["mdy"]:
            return min(ORDERS, key=lambda order: self._bad_count[order])
        if any("." not in text for text in open_ones):
            raise DateOrderUnknown(open_ones[0])
        return "dmy"  # 03.04.2026: where full stops are used, the day comes first.

    def faults(self, order: Order) -> set[str]:
        """The texts that look like dates and are none; see ``too_many``."""
        return self._bad[order]

    def too_many(self, order: Order) -> bool:
        """Whether there are more faults than are kept: the column holds no dates."""
        return self._bad_count[order] > MOST_FAULTS

    def sql(self, cell: str, order: Order, literal: Callable[[str], str]) -> str:
        """The time that ``cell``, a text column, says; NULL for words, faults and blanks."""
        forms = [_FORMS[place] for place in sorted(self._examples)]
        if not forms:
            return "NULL::timestamptz"
        texts = [form.sql.format(cell=cell, template=_TEMPLATES[order]) for form in forms]
        whens = [
            f"WHEN {cell} ~ {literal(form.pattern)} THEN {text}"
            for form, text in zip(forms, texts, strict=True)
        ]
        told_apart = texts[0] if len(forms) == 1 else f"CASE {' '.join(whens)} END"
        but = sorted(self.words | self._bad[order])
        if not but:
            return told_apart
        return f"CASE WHEN {cell} NOT IN ({', '.join(map(literal, but))}) THEN {told_apart} END"


def says_no_date(text: str) -> bool:
    """Whether the text says in words that there is no date: never, n/a, no end date."""
    word = values.fold(text)
    return word in values.LAST_USE_WORDS or word in _NO_DATE


def _reads(text: str, order: Order) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return values.read_time(text, order=order) is not None
    return True
