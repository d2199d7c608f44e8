"""How the rows of a sheet lie beside each other: by person or by system, and one person's
unchanged rights folded into one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import Grouping
from listing.orders import Order
from reviews.enums import Choice, Lane
from reviews.models import Review, ReviewItem
from reviews.queries.sheets import Row, rows_of

ORDERS: dict[str, Order] = {
    Grouping.PERSON: ("lane", "subject", "id"),
    Grouping.SYSTEM: ("lane", "system_name", "subject", "id"),
}
# What a folded row tells of each right in it, and what its keeping asks for.
TOLD = (
    "review_id",
    "second_review_id",
    "account_id",
    "account_type",
    "campaign_id",
    "subject",
    "system_name",
    "right",
    "account_username",
    "lane",
    "outcome",
    "contested",
    "version",
    "second_version",
    "data_class",
    "is_new",
    "changes",
    "last_use",
    "worst",
)
# What a row tells beside that, and what its acts ask for; the rest of an item is the panel's.
IN_A_ROW = (
    *TOLD,
    "account_key",
    "account_name",
    "holder_name",
    "holder_title",
    "holder_team",
    "owner_name",
    "sponsor_name",
    "expires",
    "last_used",
    "baseline_rights",
    "insights",
    "corrected",
    "excepted_until",
    "needs_second",
)
Items: TypeAlias = QuerySet[ReviewItem]


@dataclass(slots=True)
class Fold:
    """Several unchanged rights of one person; the first row alone has everything of its item."""

    rows: list[Row]

    @property
    def item(self) -> ReviewItem:
        return self.rows[0].item

    @property
    def systems(self) -> list[str]:
        return sorted({row.item.system_name for row in self.rows})

    @property
    def open(self) -> list[Row]:
        """What is still to decide."""
        return [row for row in self.rows if not row.is_decided and not row.is_over]

    @property
    def revocable(self) -> list[Row]:
        return [
            row
            for row in self.rows
            if not row.is_over and (row.chosen != Choice.REVOKE or row.item.contested)
        ]

    @property
    def kept(self) -> int:
        return sum(row.is_decided and row.chosen != Choice.REVOKE for row in self.rows)

    @property
    def revoked(self) -> int:
        return sum(row.is_decided and row.chosen == Choice.REVOKE for row in self.rows)

    @property
    def is_decided(self) -> bool:
        return not self.open

    @property
    def is_over(self) -> bool:
        return all(row.is_over for row in self.rows)


Entry: TypeAlias = Row | Fold


@dataclass(slots=True)
class Group:
    """What lies under one person or one system, in one lane."""

    entries: list[Entry]

    @property
    def item(self) -> ReviewItem:
        return self.entries[0].item


def folding(review: Review, by: str) -> Callable[[Items], Items]:
    """Makes of what is shown the items that have a row of their own: all but those unchanged
    ones before which another of the same person comes."""

    def fold(shown: Items) -> Items:
        before = shown.order_by().filter(
            review=review,
            lane=Lane.UNCHANGED,
            subject=OuterRef("subject"),
            pk__lt=OuterRef("pk"),
        )
        if by == Grouping.SYSTEM:
            before = before.filter(system_name=OuterRef("system_name"))
        return shown.exclude(Q(lane=Lane.UNCHANGED, review=review) & Exists(before))

    return fold


def entries_of(
    review: Review, heads: Sequence[ReviewItem], shown: Items, *, by: str
) -> list[Entry]:
    """The rows for these ``heads``, folded where there are others of ``shown`` behind one; by
    four queries whatever their number."""
    behind = _behind(heads, shown, by)
    found = rows_of(review, [*heads, *(item for items in behind.values() for item in items)])
    rows = {row.item.pk: row for row in found}
    return [_entry(rows, head, behind.get(_key(head, by), [])) for head in heads]


def one_fold(review: Review, items: Sequence[ReviewItem]) -> Entry:
    """These items as one row."""
    rows = rows_of(review, items)
    return Fold(rows) if len(rows) > 1 else rows[0]


def _behind(
    heads: Sequence[ReviewItem], shown: Items, by: str
) -> dict[tuple[str, str], list[ReviewItem]]:
    """The unchanged items of the same people that have no row of their own."""
    folded = {_key(head, by) for head in heads if head.lane == Lane.UNCHANGED}
    if not folded:
        return {}
    others = (
        shown.order_by("system_name", "pk")
        .filter(lane=Lane.UNCHANGED, subject__in={subject for subject, _ in folded})
        .exclude(pk__in=[head.pk for head in heads])
        .only(*TOLD)
    )
    behind: dict[tuple[str, str], list[ReviewItem]] = {key: [] for key in folded}
    for item in others:
        if _key(item, by) in behind:
            behind[_key(item, by)].append(item)
    return behind


def _key(item: ReviewItem, by: str) -> tuple[str, str]:
    return item.subject, item.system_name if by == Grouping.SYSTEM else ""


def _entry(rows: dict[int, Row], head: ReviewItem, behind: Sequence[ReviewItem]) -> Entry:
    if head.lane != Lane.UNCHANGED or not behind:
        return rows[head.pk]
    return Fold([rows[head.pk], *(rows[item.pk] for item in behind)])


def by_lane(entries: Iterable[Entry], *, by: str) -> list[tuple[Lane, list[Group]]]:
    """Entries in their order, under their lane and their person or system."""
    column = "system_name" if by == Grouping.SYSTEM else "subject"
    return [
        (
            Lane(lane),
            [
                Group(list(group))
                for _, group in groupby(inside, key=lambda entry: getattr(entry.item, column))
            ],
        )
        for lane, inside in groupby(entries, key=lambda entry: entry.item.lane)
    ]
