"""Mail about second looks and corrections: one a person and day while something waits."""

from collections import Counter, defaultdict

from django.db.models import Count

import clock
from accounts.models import Person
from audit.actors import Actor
from jobs.models import Message
from reviews.actions.telling import link, security_people, tell
from reviews.enums import CorrectionState, DecisionState, Stage
from reviews.models import Correction, Decision, SecondLook
from reviews.queries.checking import to_answer, to_look_at


def tell_checkers(*, actor: Actor) -> int:
    """Tell everybody for whom a second look or a correction waits, once a day each; to how many
    this was news comes back."""
    looks, corrections = _looks_by_person(), _corrections_by_person()
    day = clock.today()
    keys = {pk: f"checks:{pk}:{day}" for pk in looks.keys() | corrections.keys()}
    told = set(Message.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    people = Person.objects.in_bulk([pk for pk, key in keys.items() if key not in told])
    for pk, person in people.items():
        tell(
            person,
            key=keys[pk],
            subject=f"{_waiting(looks[pk], corrections[pk])} for you",
            lines=[
                "You are asked as somebody independent: judge each by what you know of it.",
                *_places(looks[pk], corrections[pk]),
            ],
            about=f"person:{pk}",
            actor=actor,
            invite=True,
        )
    return len(people)


def tell_correction_answered(correction: Correction, *, actor: Actor) -> None:
    """Tell who asked for a correction what became of it."""
    words = {
        CorrectionState.APPROVED: f"{correction.answered_by_name} approved the correction",
        CorrectionState.REFUSED: f"{correction.answered_by_name} refused the correction",
        CorrectionState.LAPSED: "Nobody answered within 7 days: what you signed stays",
    }
    tell(
        correction.asked_by,
        key=f"correction:{correction.pk}:{correction.state}",
        subject=f"Your correction: {correction.get_state_display().lower()}",
        lines=[
            f"{words[CorrectionState(correction.state)]}.",
            f'"{correction.answer}"' if correction.answer else "",
            "",
            link(f"/corrections/{correction.pk}/"),
        ],
        about=f"item:{correction.item_id}",
        actor=actor,
    )


def _looks_by_person() -> Counter[int]:
    """How many open looks each person has; what nobody in the fallback may take is security's."""
    counted = (
        SecondLook.objects.filter(to_look_at()).order_by().values("looker").annotate(n=Count("id"))
    )
    found: Counter[int] = Counter()
    for row in counted:
        lookers = [row["looker"]] if row["looker"] else [p.pk for p in security_people()]
        found.update(dict.fromkeys(lookers, row["n"]))
    return found


def _corrections_by_person() -> Counter[int]:
    """How many corrections each of the security team may answer, and the other one of two who
    judge an item, once they have decided on it."""
    asked = list(Correction.objects.filter(to_answer()).values_list("item", "asked_by"))
    team = {person.pk for person in security_people()} if asked else set()
    judges: dict[int, set[int]] = defaultdict(set)
    decided = Decision.objects.filter(
        item__in=[item for item, _ in asked],
        state=DecisionState.STANDING,
        stage__in=[Stage.FIRST, Stage.SECOND],
    )
    for item, person in decided.values_list("item", "person"):
        judges[item].add(person)
    return Counter(pk for item, asker in asked for pk in (team | judges[item]) - {asker})


def _waiting(looks: int, corrections: int) -> str:
    parts = [_count(looks, "second look"), _count(corrections, "correction")]
    words = " and ".join(part for part in parts if part)
    return f"{words} wait{'s' if looks + corrections == 1 else ''}"


def _places(looks: int, corrections: int) -> list[str]:
    lines = [""]
    if looks:
        lines += [f"{_count(looks, 'second look')}: {link('/second-looks/')}"]
    if corrections:
        lines += [f"{_count(corrections, 'correction')}: {link('/corrections/')}"]
    return lines


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}" if count else ""
