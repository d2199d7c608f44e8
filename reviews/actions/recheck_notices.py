"""Who is told of what is asked again: who must answer, and what came of silence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from accounts.models import Person
from audit.actors import Actor
from reviews.actions.telling import link, security_people, tell
from reviews.models import Recheck


def tell_asked_again(ids: Sequence[int], *, actor: Actor) -> None:
    """One message to each person; the security team where nobody can be asked."""
    asked = Recheck.objects.filter(pk__in=ids).select_related("item", "person").order_by("pk")
    for person, theirs in _by_person(asked).items():
        count = len(theirs)
        tell(
            person,
            key=f"asked-again:{person.pk}:{theirs[0].pk}",
            subject=f"Still needed? {count} kept until today",
            lines=[
                (
                    f"{theirs[0].item} and {count - 1} more were kept until today."
                    if count > 1
                    else f"{theirs[0].item} was kept until today."
                ),
                (
                    f"Say until when each is still needed, or revoke it, by "
                    f"{theirs[0].answer_by:%-d %B %Y, %H:%M} UTC."
                ),
                "Without an answer it is removed; of service accounts the security team is told.",
                "",
                link("/reviews/again/"),
            ],
            about="recheck:due",
            actor=actor,
            invite=True,
        )


def tell_lapsed(rechecks: Sequence[Recheck], *, actor: Actor) -> None:
    """Who did not answer is told what came of it; the removals are told to those who do them."""
    for person, theirs in _by_person(rechecks).items():
        tell(
            person,
            key=f"recheck-lapsed:{person.pk}:{theirs[0].pk}",
            subject=f"No answer: {len(theirs)} kept until a day that has passed",
            lines=[
                "Nobody said whether this is still needed:",
                *(f"{each.item}: {each.get_state_display().lower()}." for each in theirs),
            ],
            about=f"recheck:{theirs[0].pk}",
            actor=actor,
        )


def _by_person(rechecks: Iterable[Recheck]) -> dict[Person, list[Recheck]]:
    found: dict[Person, list[Recheck]] = defaultdict(list)
    for recheck in rechecks:
        for person in [recheck.person] if recheck.person else security_people():
            found[person].append(recheck)
    return found
