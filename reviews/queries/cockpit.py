"""What the security team sees of a running campaign: what needs a person, and how far it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.urls import reverse

import clock
from accounts.enums import RunState, SourceKind
from accounts.insights import Policy, current_policy
from accounts.models import Account, ImportRun, Person, Source, System
from jobs.queries import count_trouble
from listing.templatetags.charts import Point
from reviews.enums import CampaignState, Outcome, ReviewState, Risk
from reviews.models import Campaign, Correction, Question, ReviewItem, Revocation
from reviews.models.revocations import LIVE_REVOCATIONS
from reviews.queries.checking import open_looks_of, to_answer
from reviews.queries.exceptions import count_asked

QUESTION_IS_OLD = timedelta(days=2)
DECIDED = (Outcome.CERTIFIED, Outcome.CERTIFIED_UNTIL, Outcome.REVOKED)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person: what, where to go, and what to do there."""

    sentence: str
    link: str
    act: str


@dataclass(frozen=True, slots=True)
class Progress:
    """From decision to proof; ``decided`` counts what has an outcome, ``ideal`` is in per cent."""

    items: int
    in_scope: int
    exclusions: int
    decided: int
    gone: int
    ideal: int
    reviewers: int
    signed: int
    revoked: int
    removals_open: int
    removals_overdue: int
    verified: int

    @property
    def share(self) -> int:
        return round(100 * (self.decided + self.gone) / self.items) if self.items else 100

    @property
    def to_go(self) -> int:
        return self.items - self.decided - self.gone


def open_campaign() -> Campaign | None:
    """The campaign that runs: the one launched last of those that are open."""
    return Campaign.objects.filter(state=CampaignState.OPEN).order_by("-launched_at").first()


def needs_of(campaign: Campaign | None) -> list[Need]:
    """What waits for somebody, the most pressing first; empty when all is well."""
    needs = list(_stranded(campaign)) if campaign else []
    needs += _overdue_removals()
    needs += _requests()
    needs += _exceptions()
    needs += _old_questions(campaign) if campaign else []
    needs += _unchecked(campaign) if campaign else []
    needs += _sources()
    return needs + list(_trouble())


def progress_of(campaign: Campaign) -> Progress:
    counted = dict(
        ReviewItem.objects.filter(campaign=campaign)
        .order_by()
        .values_list("outcome")
        .annotate(n=Count("id"))
    )
    sheets = campaign.reviews.aggregate(
        all=Count("reviewer", distinct=True),
        signed=Count("reviewer", distinct=True, filter=Q(state=ReviewState.SIGNED)),
    )
    removals = Revocation.objects.filter(campaign=campaign).aggregate(
        open=Count("id", filter=Q(state__in=LIVE_REVOCATIONS)),
        overdue=Count("id", filter=Q(state__in=LIVE_REVOCATIONS, due_at__lt=clock.now())),
        verified=Count("id", filter=Q(state="verified")),
    )
    return Progress(
        items=campaign.items_count,
        in_scope=campaign.in_scope,
        exclusions=campaign.exclusions_count,
        decided=sum(counted.get(outcome, 0) for outcome in DECIDED),
        gone=counted.get(Outcome.GONE, 0),
        ideal=round(100 * _elapsed(campaign, clock.now())),
        reviewers=sheets["all"],
        signed=sheets["signed"],
        revoked=counted.get(Outcome.REVOKED, 0),
        removals_open=removals["open"],
        removals_overdue=removals["overdue"],
        verified=removals["verified"],
    )


def burn_down(campaign: Campaign) -> list[Point]:
    """Items to go at the end of each day from the launch to now, or to the close."""
    if campaign.launched_at is None:
        return []
    zone = ZoneInfo(campaign.zone)
    days = dict(
        ReviewItem.objects.filter(campaign=campaign, outcome_at__isnull=False)
        .exclude(outcome__in=[Outcome.OPEN, Outcome.NOT_REVIEWED])
        .order_by()
        .annotate(day=TruncDate("outcome_at", tzinfo=zone))
        .values_list("day")
        .annotate(n=Count("id"))
    )
    left, points = campaign.items_count, [Point(0.0, campaign.items_count)]
    day, end = campaign.launched_at.astimezone(zone), campaign.closed_at or clock.now()
    while day <= end:
        left -= days.get(day.date(), 0)
        evening = day.replace(hour=23, minute=59, second=59)
        points.append(Point(min(1.0, _elapsed(campaign, min(evening, end))), left))
        day += timedelta(days=1)
    return points


def removals_by_risk(campaign: Campaign | None = None) -> list[dict[str, object]]:
    """Open, overdue and verified removals of each risk, of one campaign or of all."""
    rows = Revocation.objects.all() if campaign is None else campaign.revocations.all()
    live = Q(state__in=LIVE_REVOCATIONS)
    counted = {
        row["risk"]: row
        for row in rows.order_by()
        .values("risk")
        .annotate(
            open=Count("id", filter=live & Q(due_at__gte=clock.now())),
            overdue=Count("id", filter=live & Q(due_at__lt=clock.now())),
            verified=Count("id", filter=Q(state="verified")),
        )
    }
    nothing = {"open": 0, "overdue": 0, "verified": 0}
    return [{**(counted.get(risk) or nothing), "risk": risk} for risk in Risk]


@dataclass(frozen=True, slots=True)
class SourceState:
    source: Source
    why: str

    @property
    def is_fresh(self) -> bool:
        return not self.why


def source_states() -> list[SourceState]:
    """Each source in use, with why its picture cannot be relied on, blank where it can."""
    latest = ImportRun.objects.filter(source=OuterRef("pk")).order_by("-id")
    sources = (
        Source.objects.filter(Q(system=None) | Q(system__retired_at=None))
        .select_related("current_run", "system")
        .annotate(
            latest_state=Subquery(latest.values("state")[:1]),
            latest_run=Subquery(latest.values("pk")[:1]),
        )
        .order_by("kind", "name")
    )
    policy = current_policy()
    return [SourceState(source, _why_stale(source, policy)) for source in sources]


def uncovered_systems() -> QuerySet[System]:
    return System.objects.filter(retired_at=None, source=None).order_by("name")


@dataclass(frozen=True, slots=True)
class Start:
    """How far a company has come on the way to its first campaign."""

    people: int
    accounts: int
    unmatched: int

    @property
    def next_step(self) -> int:
        if not self.people:
            return 1
        if not self.accounts:
            return 2
        return 3 if self.unmatched else 4


def read_start() -> Start:
    standing = Account.objects.filter(gone_at=None)
    return Start(
        people=Person.objects.filter(source__isnull=False, gone_at=None).count(),
        accounts=standing.count(),
        unmatched=standing.filter(
            person=None, owner_person=None, owner_team=None, operator=None
        ).count(),
    )


def _elapsed(campaign: Campaign, at: datetime) -> float:
    if campaign.launched_at is None:
        return 0.0
    whole = (campaign.due_at - campaign.launched_at).total_seconds()
    return max(0.0, min(1.0, (at - campaign.launched_at).total_seconds() / whole if whole else 1.0))


STRANDED = """
SELECT p.name, v.id, count(*)
  FROM reviews_reviewitem i
  JOIN reviews_review v ON v.id = i.review_id
  JOIN accounts_person p ON p.id = v.reviewer_id
 WHERE i.campaign_id = %s AND i.outcome = 'open' AND v.state = 'open'
   AND p.status NOT IN ('active', 'unknown')
 GROUP BY p.name, v.id ORDER BY count(*) DESC
"""


def _stranded(campaign: Campaign) -> Iterator[Need]:
    with connection.cursor() as cursor:
        cursor.execute(STRANDED, [campaign.pk])
        for name, review, count in cursor.fetchall():
            yield Need(
                f"{name} cannot review any more, {_count(count, 'item')} without a reviewer",
                reverse("reviews:hand_over", args=[campaign.pk, review]),
                "Hand over",
            )


def _overdue_removals() -> list[Need]:
    overdue = Revocation.objects.filter(state__in=LIVE_REVOCATIONS, due_at__lt=clock.now()).count()
    if not overdue:
        return []
    words = f"{_count(overdue, 'removal')} overdue"
    return [Need(words, reverse("reviews:removals") + "?overdue=yes", "See them")]


def _requests() -> list[Need]:
    """Leave that one person asks of another: to launch, or to close with gaps."""
    asked = Campaign.objects.filter(
        Q(state=CampaignState.PLANNED, acknowledged_by_ref="") & ~Q(override_asked_by_ref="")
        | Q(state=CampaignState.OPEN, gaps_approved_by_ref="") & ~Q(gaps_asked_by_ref="")
    )
    return [
        Need(
            f"{campaign.title}: somebody asks for leave to "
            f"{'launch' if campaign.state == CampaignState.PLANNED else 'close'} all the same",
            reverse("reviews:campaign", args=[campaign.pk]),
            "Look at it",
        )
        for campaign in asked.order_by("pk")
    ]


def _exceptions() -> list[Need]:
    waiting = count_asked()
    if not waiting:
        return []
    words = f"{_count(waiting, 'exception')} asked for: another person grants or refuses"
    return [Need(words, reverse("reviews:exceptions") + "?state=asked", "Look at them")]


def _old_questions(campaign: Campaign) -> list[Need]:
    old = Question.objects.filter(
        item__campaign=campaign, answered_at=None, asked_at__lt=clock.now() - QUESTION_IS_OLD
    ).count()
    if not old:
        return []
    link = reverse("reviews:campaign_items", args=[campaign.pk]) + "?asked=yes"
    return [Need(f"{_count(old, 'question')} older than 2 days", link, "See them")]


def _unchecked(campaign: Campaign) -> list[Need]:
    """What waits for somebody independent: corrections of what was signed, second looks."""
    needs = []
    asked = Correction.objects.filter(to_answer(), item__campaign=campaign).count()
    if asked:
        words = f"{_count(asked, 'correction')} of signed decisions to approve or refuse"
        needs.append(Need(words, reverse("reviews:corrections") + "?open=yes", "See them"))
    looks = open_looks_of(campaign).count()
    if looks:
        words = f"{_count(looks, 'second look')} not answered"
        needs.append(Need(words, reverse("reviews:looks") + "?open=yes", "See them"))
    return needs


LAST_MINUTE = """
SELECT d.review_id, count(*)
  FROM reviews_decision d
 WHERE d.review_id = ANY(%(reviews)s) AND d.state = 'standing'
   AND d.decided_at BETWEEN %(due)s - interval '1 hour' AND %(due)s
 GROUP BY d.review_id
"""


def count_last_minute(campaign: Campaign, decided: Mapping[int, int]) -> int:
    """On how many sheets most was decided in the hour before the deadline (Q4); ``decided`` is
    how many decisions each sheet has. It names nobody."""
    if not decided or clock.now() < campaign.due_at - timedelta(hours=1):
        return 0
    share = Policy(**campaign.policy).last_minute_share
    with connection.cursor() as cursor:
        cursor.execute(LAST_MINUTE, {"reviews": list(decided), "due": campaign.due_at})
        return sum(100 * count > share * decided[review] for review, count in cursor.fetchall())


def _sources() -> list[Need]:
    return [
        Need(f"{state.source.name}: {state.why}", reverse("accounts:sources"), "Import again")
        for state in source_states()
        if not state.is_fresh
    ]


def _trouble() -> Iterator[Need]:
    trouble = count_trouble()
    if trouble.failed_jobs:
        words = f"{_count(trouble.failed_jobs, 'job')} in the background failed"
        yield Need(words, reverse("accounts:work") + "?state=failed", "See why")
    if trouble.failed_messages:
        words = f"{_count(trouble.failed_messages, 'message')} could not be delivered"
        yield Need(words, reverse("accounts:work"), "See why")


def _why_stale(source: Source, policy: Policy) -> str:
    run = source.current_run
    state = getattr(source, "latest_state", None)
    if state == RunState.HELD:
        return "the last import is held for a person"
    if run is None:
        return "no complete import yet"
    if state == RunState.FAILED:
        return "the last import failed"
    age = clock.now() - run.read_at
    allowed = policy.may_be_old(source.connector)
    if source.kind == SourceKind.SYSTEM and age > allowed:
        return f"last read whole {age.days} days ago"
    return ""


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
