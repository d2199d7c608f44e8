"""Rows that were left out, written as a file to mend and import again."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO

REJECTED_COLUMNS = ("Row in the file", "Why it was rejected")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutralise(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula.

    One that looks neutralised already gets another apostrophe, so that restore() is exact.
    """
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA_STARTS) else cell


def restore(cell: str) -> str:
    """Undo neutralise(), for a file of ours that comes back mended."""
    neutral = cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA_STARTS)
    return cell[1:] if neutral else cell


def write_rejected(
    out: TextIO, headers: Sequence[str], rows: Iterable[tuple[int, Sequence[str], str]]
) -> int:
    """Write each row's own cells, its number and the reason; the number of rows comes back.

    A row with more cells than the header keeps them all, in its last column.
    """
    writer = csv.writer(out)
    writer.writerow([neutralise(header) for header in headers] + list(REJECTED_COLUMNS))
    count = 0
    for number, cells, reason in rows:
        count += 1
        fitted = _fit(cells, len(headers))
        writer.writerow([neutralise(cell) for cell in fitted] + [str(number), reason])
    return count


def _fit(cells: Sequence[str], width: int) -> list[str]:
    if len(cells) > width:
        return [*cells[: width - 1], " ".join(cells[width - 1 :])]
    return [*cells, *[""] * (width - len(cells))]
