"""Who is told what of a campaign, and when: each message a row in the transaction of what it tells.

One message a person for one occasion, never one an item; nothing about an empty set and
nothing to somebody who has finished. Links lead to pages: following one decides nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

import clock
from accounts.models import Person
from audit.actors import Actor
from reviews.actions.delegation_notices import remind_delegates, tell_delegates_of_launch
from reviews.actions.telling import link, security_people, tell
from reviews.enums import Choice, Lane, Outcome, RoutedBy
from reviews.models import Campaign, Question, Review, ReviewItem
from reviews.queries import undecided_by_review
from reviews.queries.delegations import decides_on
from reviews.queries.signing import totals_of


def announce_launch(campaign: Campaign, *, actor: Actor, after: int, most: int) -> int | None:
    """Tell reviewers how much waits for them, until when; invite who has no login yet.

    Takes up to ``most`` sheets whose id is greater than ``after``, and returns the id of the
    last one, or None when there is none left.
    """
    sheets = campaign.reviews.filter(pk__gt=after).select_related("reviewer").order_by("pk")
    last = None
    for review in sheets[:most]:
        last = review.pk
        counts = _lanes(review)
        total = sum(counts.values())
        if not total:
            continue
        must = counts[Lane.MUST_LOOK]
        tell(
            review.reviewer,
            key=f"launch:{review.pk}",
            subject=f"{campaign.title}: {_items(total)} to review by {_day(campaign)}",
            lines=[
                f"{_items(total)} wait for your decision until {_due(campaign)}.",
                f"{must} of them must be looked at one by one." if must else "",
                "",
                link(f"/reviews/{review.pk}/"),
            ],
            about=f"campaign:{campaign.pk}",
            actor=actor,
            invite=True,
        )
        tell_delegates_of_launch(review, actor=actor)
    return last


def remind(campaign: Campaign, *, actor: Actor) -> int:
    """The reminders that are due by now: 3 days before, on the due day, and every day after.

    Overdue ones go to the reviewer's manager, too. Returns how many messages were queued.
    """
    now = clock.now()
    occasion = _occasion(campaign, now)
    if occasion is None:
        return 0
    queued = 0
    for review, left in undecided_by_review(campaign):
        late = occasion.startswith("overdue")
        queued += _remind_one(campaign, review, left, occasion, late=late, actor=actor)
    return queued


def remind_by_hand(campaign: Campaign, *, actor: Actor) -> int:
    """The same when somebody presses the button: one message a person and day."""
    late = clock.now() > campaign.due_at
    occasion = f"by-hand:{clock.today(campaign.zone)}"
    sheets = undecided_by_review(campaign)
    for review, left in sheets:
        _remind_one(campaign, review, left, occasion, late=late, actor=actor)
    return len(sheets)


def _occasion(campaign: Campaign, now: datetime) -> str | None:
    """Which reminder is due: the latest one whose time has come, or none yet."""
    zone = ZoneInfo(campaign.zone)
    day, due_day = now.astimezone(zone).date(), campaign.due_at.astimezone(zone).date()
    if now > campaign.due_at:
        return f"overdue:{day}"
    if day == due_day:
        return "reminder-due"
    if day >= due_day - timedelta(days=3):
        return "reminder-3d"
    return None


def _remind_one(
    campaign: Campaign, review: Review, left: int, occasion: str, *, late: bool, actor: Actor
) -> int:
    word = "overdue since" if late else "due by"
    when = f"{word} {_due(campaign)}"
    tell(
        review.reviewer,
        key=f"{occasion}:{review.pk}",
        subject=f"{campaign.title}: {_items(left)} {word} {_day(campaign)}",
        lines=[
            (f"{_items(left)} on your sheet {'are' if left != 1 else 'is'} still open, {when}."),
            "What nobody decides three days after that goes to the fallback." if late else "",
            "",
            link(f"/reviews/{review.pk}/"),
        ],
        about=f"campaign:{campaign.pk}",
        actor=actor,
    )
    remind_delegates(campaign, review, occasion, when, actor=actor)
    manager = review.reviewer.manager
    if late and manager is not None:
        tell(
            manager,
            key=f"{occasion}:{review.pk}:manager",
            subject=f"{campaign.title}: {review.reviewer_name} is late",
            lines=[
                (
                    f"{_items(left)} on the sheet of {review.reviewer_name} "
                    f"{'are' if left != 1 else 'is'} {word} {_due(campaign)}."
                )
            ],
            about=f"campaign:{campaign.pk}",
            actor=actor,
        )
    return 1


def ask_owners(questions: Sequence[Question], *, actor: Actor) -> None:
    """One message a day to each owner who is asked something, the first at once."""
    by_owner: dict[Person, list[Question]] = defaultdict(list)
    for question in questions:
        if question.asked_of is not None:
            by_owner[question.asked_of].append(question)
    for owner, asked in by_owner.items():
        tell(
            owner,
            key=f"questions:{owner.pk}:{clock.today()}",
            subject="You are asked about access in a system of yours",
            lines=[
                (
                    f"{asked[0].decision.person_name} does not know whether "
                    f"{_item_words(asked[0].item)} is still needed."
                ),
                "Answer this and other questions here:",
                "",
                link("/questions/"),
            ],
            about=f"item:{asked[0].item_id}",
            actor=actor,
            invite=True,
        )


def tell_answer(question: Question, *, actor: Actor) -> None:
    """The reviewer, and whoever asked in their place while they still decide."""
    decision = question.decision
    asked = [decision.review.reviewer]
    if decision.for_person_id and decides_on(decision.review, decision.person):
        asked.append(decision.person)
    for person in asked:
        tell(
            person,
            key=f"answer:{question.pk}:{person.pk}",
            subject="Your question has been answered",
            lines=[
                f"About {_item_words(question.item)}:",
                question.answer,
                "",
                link(f"/reviews/{decision.review_id}/"),
            ],
            about=f"item:{question.item_id}",
            actor=actor,
        )


def tell_moved(
    campaign: Campaign,
    moved: Iterable[tuple[int, int, int, int | None]],
    cause: RoutedBy,
    *,
    actor: Actor,
) -> None:
    """Tell the new reviewer of each item that changed hands, and the one before, in one go."""
    rows = [row for row in moved if row[3] is not None]
    people = Person.objects.in_bulk({p for _, _, old, new in rows for p in (old, new) if p})
    gained = Counter(new for _, _, _, new in rows)
    lost = Counter(old for _, _, old, new in rows if old != new)
    stamp = f"{clock.now():%Y%m%d%H%M%S%f}"
    for person_id, count in gained.items():
        tell(
            people[person_id or 0],
            key=f"moved-to:{campaign.pk}:{person_id}:{stamp}",
            subject=f"{campaign.title}: {_items(count)} now yours to review",
            lines=[
                (
                    f"{_items(count)} {'have' if count != 1 else 'has'} come to you. "
                    f"Reason: {cause.label.lower()}."
                ),
                f"Due {_due(campaign)}.",
                "",
                link("/reviews/"),
            ],
            about=f"campaign:{campaign.pk}",
            actor=actor,
            invite=True,
        )
    for person_id, count in lost.items():
        person = people[person_id]
        if person.may_review:
            tell(
                person,
                key=f"moved-from:{campaign.pk}:{person_id}:{stamp}",
                subject=f"{campaign.title}: {_items(count)} given to somebody else",
                lines=[f"{_items(count)} left your sheet. Reason: {cause.label.lower()}."],
                about=f"campaign:{campaign.pk}",
                actor=actor,
            )


def tell_stranded(campaign: Campaign, count: int, *, actor: Actor) -> None:
    for person in security_people():
        tell(
            person,
            key=f"stranded:{campaign.pk}:{clock.today()}:{person.pk}",
            subject=f"{campaign.title}: {_items(count)} without a reviewer",
            lines=[
                (
                    f"{_items(count)} lie with somebody who cannot judge them, and nobody in the "
                    "fallback can. Reassign them:"
                ),
                "",
                link(f"/campaigns/{campaign.pk}/"),
            ],
            about=f"campaign:{campaign.pk}",
            actor=actor,
        )


def send_receipt(review: Review, *, note: str, actor: Actor) -> None:
    """The receipt carries a signed checkpoint of the trail out of the database."""
    signed = review.signed_at or clock.now()
    tell(
        review.reviewer,
        key=f"receipt:{review.pk}",
        subject=f"Receipt: {review.campaign.title} signed off",
        lines=[
            (
                f"You signed off {review.decisions_count} decisions on "
                f"{signed:%-d %B %Y at %H:%M} UTC: {_totals(review)}."
            ),
            f'"{review.statement}"',
            "",
            f"The trail of this campaign then had {review.receipt_size} events and the root",
            review.receipt_digest,
            "Keep this message: it proves what stood in the trail when you signed.",
            "",
            note,
        ],
        about=f"review:{review.pk}",
        actor=actor,
    )


def _totals(review: Review) -> str:
    totals = totals_of(review)
    kept = totals[Choice.CERTIFY] + totals[Choice.CERTIFY_UNTIL]
    return f"{kept:,} kept and {totals[Choice.REVOKE]:,} revoked"


def tell_closed(campaign: Campaign, *, actor: Actor) -> None:
    for person in security_people():
        tell(
            person,
            key=f"closed:{campaign.pk}:{person.pk}",
            subject=f"{campaign.title} is closed",
            lines=[
                (
                    f"{campaign.totals['items']:,} items: {campaign.totals['certified']:,} kept, "
                    f"{campaign.totals['revoked']:,} revoked, "
                    f"{campaign.totals['not_reviewed']:,} not reviewed."
                ),
                "",
                link(f"/campaigns/{campaign.pk}/"),
            ],
            about=f"campaign:{campaign.pk}",
            actor=actor,
        )


def _lanes(review: Review) -> Counter[int]:
    rows = (
        ReviewItem.objects.filter(Q(review=review) | Q(second_review=review))
        .exclude(outcome__in=[Outcome.GONE, Outcome.NOT_REVIEWED])
        .order_by()
        .values_list("lane")
        .annotate(n=Count("id"))
    )
    return Counter(dict(rows))


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count:,} items"


def _item_words(item: ReviewItem) -> str:
    who = item.holder_name or item.account_username
    return f"{item.right or 'the account'} of {who} in {item.system_name}"


def _day(campaign: Campaign) -> str:
    return f"{campaign.due_at.astimezone(ZoneInfo(campaign.zone)):%-d %B}"


def _due(campaign: Campaign) -> str:
    due = campaign.due_at.astimezone(ZoneInfo(campaign.zone))
    return f"{due:%A %-d %B %Y, %H:%M} ({campaign.zone})"
