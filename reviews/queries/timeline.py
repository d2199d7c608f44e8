"""One item from launch to proof: what was shown, said and done, and what is true today."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Entitlement, User
from audit.models import Event
from audit.reading import Reading, read
from audit.verbs import Verb
from reviews.enums import CampaignState, DecisionState, Stage
from reviews.models import (
    Decision,
    Question,
    Reassignment,
    Recheck,
    ReviewItem,
    Revocation,
    RuleException,
)
from reviews.queries import items_visible_to
from reviews.queries.delegations import running_for
from reviews.queries.panels import changed_since

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Fact:
    """A frozen fact, and what it is today where that is something else."""

    name: str
    was: Any
    now: Any = None
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """``blind`` says that the other person's decision is kept back until one has decided."""

    item: ReviewItem
    facts: list[Fact]
    since: list[Fact]
    moves: list[Reassignment]
    decisions: list[Decision]
    questions: list[Question]
    removals: list[Revocation]
    exceptions: list[RuleException]
    rechecks: list[Recheck]
    earlier: list[tuple[ReviewItem, bool]]
    events: list[Reading]
    more_events: bool
    blind: bool


def timeline_of(item: ReviewItem, user: User) -> Timeline:
    today = {change.field: change.now for change in changed_since(item)} | _right_today(item)
    blind = must_still_decide(user, item)
    removals = list(
        item.revocations.select_related(
            "owner_person", "owner_team", "done_by", "decision"
        ).order_by("id")
    )
    exceptions = list(item.exceptions.order_by("id"))
    rechecks = list(item.rechecks.select_related("person").order_by("id"))
    events = [] if blind else _events(item, removals, exceptions, rechecks)
    facts = [_fact(name, was, today) for name, was in frozen_facts(item)]
    return Timeline(
        item=item,
        facts=facts,
        since=_differing(facts, today),
        moves=list(item.reassignments.select_related("from_person", "to_person").order_by("id")),
        decisions=list(_decisions(item, user, blind)),
        questions=list(
            item.questions.select_related("asked_of", "answered_by", "decision").order_by("id")
        ),
        removals=removals,
        exceptions=exceptions,
        rechecks=rechecks,
        earlier=_earlier(item, user),
        events=read(events[:MOST_EVENTS]),
        more_events=len(events) > MOST_EVENTS,
        blind=blind,
    )


def must_still_decide(user: User, item: ReviewItem) -> bool:
    """Whether the user is one of two who judge this item, or decides in the place of one, and
    nothing is decided at that stage yet: until then nobody tells them what the other chose."""
    if user.person_id is None or item.second_review is None:
        return False
    if item.campaign.state != CampaignState.OPEN:
        return False
    seats = {user.person_id, *running_for(user.person_id).values_list("from_person", flat=True)}
    stages = {Stage.FIRST: item.review, Stage.SECOND: item.second_review}
    to_decide = {stage for stage, review in stages.items() if review.reviewer_id in seats}
    decided = item.decisions.filter(state=DecisionState.STANDING, stage__in=to_decide)
    return bool(to_decide - set(decided.values_list("stage", flat=True)))


def frozen_facts(item: ReviewItem) -> list[tuple[str, Any]]:
    """Everything that was frozen at launch, in words, in the order of the page."""
    return [
        ("System", item.system_name),
        ("Data class", item.get_data_class_display()),
        ("Right", item.right or "the account itself"),
        ("Right's key", item.entitlement_key),
        ("Permits", item.permits),
        ("Catalogue version", item.catalogue_version or ""),
        ("Privileged", item.privileged),
        ("Rights everybody has", item.baseline_rights),
        ("Held through", [path or "directly" for path in item.paths]),
        ("Granted", item.granted),
        ("Granted by", item.granted_by),
        ("Request", item.request_reference),
        ("Seen here since", item.seen_since),
        ("Account", item.account_username or item.account_key),
        ("Account's key", item.account_key),
        ("Name on the account", item.account_name),
        ("Mail on the account", item.account_mail),
        ("Type", item.get_account_type_display()),
        ("Why that type", item.type_evidence),
        ("Status", item.get_account_status_display()),
        ("Created", item.account_created),
        ("Last used", item.last_used or item.get_last_use_display()),
        ("Second factor", item.get_mfa_display()),
        ("Ends", item.expires),
        ("Purpose", item.purpose),
        ("Holder", item.holder_name),
        ("Title", item.holder_title),
        ("Team", item.holder_team),
        ("Manager", item.holder_manager),
        ("Owner", item.owner_name),
        ("Sponsor", item.sponsor_name),
        ("Read", item.as_of),
    ]


def _fact(name: str, was: Any, today: dict[str, Any]) -> Fact:
    return Fact(name, was, today[name], True) if name in today else Fact(name, was)


def _differing(facts: list[Fact], today: dict[str, Any]) -> list[Fact]:
    """What is different today, first; with what has no column of its own, such as being gone."""
    named = {fact.name for fact in facts}
    gone = [Fact(name, "there", now, True) for name, now in today.items() if name not in named]
    return gone + [fact for fact in facts if fact.differs]


def _right_today(item: ReviewItem) -> dict[str, Any]:
    """The right's words, as the catalogue has them now, where they are others; the system's
    name and class, too."""
    system = item.system
    now: dict[str, Any] = {}
    if system.name != item.system_name:
        now["System"] = system.name
    if system.data_class != item.data_class:
        now["Data class"] = system.get_data_class_display()
    if item.entitlement_id is None:
        return now
    found = Entitlement.objects.get(pk=item.entitlement_id)
    words = {"Right": str(found), "Permits": found.permits or found.description}
    was = {"Right": item.right, "Permits": item.permits}
    return now | {name: text for name, text in words.items() if text != was[name]}


def _decisions(item: ReviewItem, user: User, blind: bool) -> QuerySet[Decision]:
    """Every one that was ever made, the contested ones, too."""
    made = item.decisions.select_related("review", "correction").order_by("id")
    mine = Q(person=user.person_id) | Q(for_person=user.person_id)
    return made.filter(mine) if blind else made


def _events(
    item: ReviewItem,
    removals: list[Revocation],
    exceptions: list[RuleException],
    rechecks: list[Recheck],
) -> list[Event]:
    """What the trail says of the item and what hangs on it, oldest first; looks are left out."""
    targets = [
        f"item:{item.pk}",
        *(f"revocation:{order.pk}" for order in removals),
        *(f"exception:{each.pk}" for each in exceptions),
        *(f"recheck:{each.pk}" for each in rechecks),
    ]
    found = Event.objects.filter(target__in=targets).exclude(verb=Verb.ITEM_READ)
    return list(found.order_by("id")[: MOST_EVENTS + 1])


def _earlier(item: ReviewItem, user: User) -> list[tuple[ReviewItem, bool]]:
    """The items of the same identity in other campaigns, newest first, each with whether the
    user may open it."""
    standing = Decision.objects.filter(state=DecisionState.STANDING).order_by("stage")
    same = (
        ReviewItem.objects.filter(account=item.account_id, entitlement=item.entitlement_id)
        .exclude(pk=item.pk)
        .select_related("campaign")
        .prefetch_related(Prefetch("decisions", queryset=standing, to_attr="standing"))
        .order_by("-campaign__launched_at", "-id")
    )
    found = list(same[:20])
    visible = items_visible_to(user).filter(pk__in=[each.pk for each in found])
    open_to = set(visible.values_list("pk", flat=True))
    return [(each, each.pk in open_to) for each in found]
