"""Who is told of a delegation: both people at once, and the delegate of what is still open."""

from accounts.models import Person
from audit.actors import Actor
from reviews.actions.telling import link, tell
from reviews.models import Campaign, Delegation, Review
from reviews.queries.delegations import delegated_to, running_on
from reviews.queries.sheets import items_of, undecided


def tell_made(delegation: Delegation, count: int | None, *, actor: Actor) -> None:
    """Both people, at once; ``count`` is how many items it is about, where that is known."""
    to, of = delegation.to_person, delegation.from_person
    what = "all sheets" if count is None else _items(count)
    days = f"from {delegation.starts_on:%-d %B} to {delegation.ends_on:%-d %B %Y}"
    _tell(
        delegation,
        to,
        key="made-to",
        subject=f"You decide for {of.name} {days}",
        lines=[
            f"{of.name} has delegated {what} to you, {days}: {delegation.reason}",
            "You decide under your own name; they stay answerable, and sign.",
            "",
            link("/reviews/"),
        ],
        actor=actor,
    )
    _tell(
        delegation,
        of,
        key="made-from",
        subject=f"{to.name} decides for you {days}",
        lines=[
            f"You have delegated {what} to {to.name}, {days}: {delegation.reason}",
            "You stay answerable: the signature is yours. You can end it on any day:",
            "",
            link("/reviews/delegations/"),
        ],
        actor=actor,
    )


def tell_ended(delegation: Delegation, *, actor: Actor) -> None:
    to, of = delegation.to_person, delegation.from_person
    for person, words in (
        (to, f"You no longer decide for {of.name}."),
        (of, f"{to.name} no longer decides for you."),
    ):
        _tell(
            delegation,
            person,
            key=f"ended-{'to' if person == to else 'from'}",
            subject=words.rstrip("."),
            lines=[f"{words} What has been decided stands.", "", link("/reviews/")],
            actor=actor,
        )


def tell_delegates_of_launch(review: Review, *, actor: Actor) -> None:
    """A sheet has come while its reviewer is out of office."""
    for delegation in running_on(review):
        count = items_of(review).filter(delegated_to(delegation.to_person_id, review)).count()
        if count:
            tell(
                delegation.to_person,
                key=f"launch:{review.pk}:delegate:{delegation.pk}",
                subject=f"{review.campaign.title}: {_items(count)} to decide for {_of(delegation)}",
                lines=[
                    (
                        f"{_of(delegation)} is out of office until "
                        f"{delegation.ends_on:%-d %B}, and you decide on {_items(count)}."
                    ),
                    "",
                    link(f"/reviews/{review.pk}/"),
                ],
                about=f"campaign:{review.campaign_id}",
                actor=actor,
                invite=True,
            )


def remind_delegates(
    campaign: Campaign, review: Review, occasion: str, when: str, *, actor: Actor
) -> None:
    """Beside the reviewer, whoever decides in their place and has something left to decide."""
    for delegation in running_on(review):
        theirs = items_of(review).filter(delegated_to(delegation.to_person_id, review))
        left = theirs.filter(undecided(review)).count()
        if left:
            tell(
                delegation.to_person,
                key=f"{occasion}:{review.pk}:delegate:{delegation.pk}",
                subject=f"{campaign.title}: {_items(left)} to decide for {_of(delegation)}",
                lines=[
                    (
                        f"{_items(left)} of {_of(delegation)}'s sheet, on which you decide, "
                        f"{'are' if left != 1 else 'is'} still open, {when}."
                    ),
                    "",
                    link(f"/reviews/{review.pk}/"),
                ],
                about=f"campaign:{campaign.pk}",
                actor=actor,
            )


def _tell(
    delegation: Delegation,
    person: Person,
    *,
    key: str,
    subject: str,
    lines: list[str],
    actor: Actor,
) -> None:
    review = delegation.review
    tell(
        person,
        key=f"delegation:{delegation.pk}:{key}",
        subject=subject,
        lines=lines,
        about=f"review:{review.pk}" if review else f"person:{person.pk}",
        actor=actor,
        invite=person.pk == delegation.to_person_id,
    )


def _of(delegation: Delegation) -> str:
    return delegation.from_person.name


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count:,} items"
