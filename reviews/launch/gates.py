"""The launch gate: what must be right, or be acknowledged by a second person, before a launch.

Sources of the rules: G1 to G4 of the policy; a system without a complete import and a
privileged item without a second person are asked about in the same way.
"""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.db.models import Count

import clock
from accounts.enums import RunState
from accounts.insights import Policy
from accounts.models import ImportRun
from reviews.enums import Gate
from reviews.models import Campaign, CampaignSystem, Revocation
from reviews.models.revocations import LIVE_REVOCATIONS

# Where a person may decide to go on all the same; an item nobody can judge has no way on.
MAY_BE_ACKNOWLEDGED = frozenset(Gate.values) - {Gate.NO_REVIEWER}


@dataclass(frozen=True, slots=True)
class Closed:
    """A gate that did not pass: which, about what ("system:4", or blank), and in words."""

    gate: str
    subject: str
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class GateClosed(Exception):
    """The campaign cannot be launched or closed as it stands; ``gates`` says why."""

    def __init__(self, gates: list[Closed]) -> None:
        self.gates = gates
        super().__init__(" ".join(gate.sentence for gate in gates))


def find_closed(campaign: Campaign) -> list[Closed]:
    """Every gate that does not pass, for the plan that ``build`` has made in this transaction."""
    closed: list[Closed] = []
    policy = Policy(**campaign.policy)
    for part in campaign.systems.filter(included=True).select_related("run", "system__source"):
        closed += _of_source(part, policy)
    return closed + _of_items() + _of_removals()


def _of_source(part: CampaignSystem, policy: Policy) -> list[Closed]:
    subject = f"system:{part.system_id}"
    run = part.run
    if run is None:
        return [
            Closed(
                Gate.UNCOVERED,
                subject,
                f"{part.name} has no complete import, so nothing of it would be reviewed. "
                "Import it, or leave it out with a reason.",
            )
        ]
    latest = ImportRun.objects.filter(source_id=run.source_id).order_by("-id").first()
    found = []
    if latest and latest.pk != run.pk and latest.state in {RunState.FAILED, RunState.HELD}:
        word = "failed" if latest.state == RunState.FAILED else "is held for a person"
        found.append(
            Closed(
                Gate.STALE,
                subject,
                f"The last import of {part.name} {word}; the picture is that of "
                f"{run.read_at:%-d %B %Y}. Mend the import first.",
            )
        )
    allowed = policy.may_be_old(part.system.source.connector)
    age = clock.now() - run.read_at
    if age > allowed:
        found.append(
            Closed(
                Gate.STALE,
                subject,
                f"{part.name} was last read {age.days} days ago; at most {allowed.days} are "
                "allowed. Import it again.",
            )
        )
    before = run.updated + run.unchanged
    if before and run.created * 100 > policy.grown_share * before:
        found.append(
            Closed(
                Gate.GROWN,
                subject,
                f"{part.name} grew by {run.created} rows on {before} in its last import. "
                "Make sure that this is right.",
            )
        )
    return found


def _of_items() -> list[Closed]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE person_id IS NULL),"
            " count(*) FILTER (WHERE needs_second AND second_id IS NULL) FROM plan_route"
        )
        without, second_missing = cursor.fetchone() or (0, 0)
    found = []
    if without:
        found.append(
            Closed(
                Gate.NO_REVIEWER,
                "",
                f"{_items(without)} nobody who may judge: every candidate would judge their "
                "own access, or has left. Name more people as fallback.",
            )
        )
    if second_missing:
        found.append(
            Closed(
                Gate.SECOND_MISSING,
                "",
                f"{_items(second_missing)} privileged and no second person; "
                "such an item cannot end as kept.",
            )
        )
    return found


def _items(count: int) -> str:
    return "1 item has" if count == 1 else f"{count:,} items have"


def _of_removals() -> list[Closed]:
    overdue = (
        Revocation.objects.filter(state__in=LIVE_REVOCATIONS, due_at__lt=clock.now())
        .order_by()
        .aggregate(n=Count("id"))["n"]
    )
    if not overdue:
        return []
    return [
        Closed(
            Gate.OVERDUE,
            "",
            f"{overdue:,} removal{'s are' if overdue != 1 else ' is'} overdue. "
            "Carry them out, or acknowledge that they are not.",
        )
    ]
