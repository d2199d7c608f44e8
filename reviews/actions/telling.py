"""How somebody is told: one message a person for one occasion, with a link that decides nothing."""

from collections.abc import Sequence

from django.conf import settings

from accounts.actions import users
from accounts.models import Person
from audit.actors import Actor
from jobs.messages import queue_message


def tell(
    person: Person,
    *,
    key: str,
    subject: str,
    lines: Sequence[str],
    about: str,
    actor: Actor,
    invite: bool = False,
) -> None:
    """Queue one message to one person; who has no mail is shown on the campaign instead."""
    if not person.mail:
        return
    text = list(lines)
    if invite and (password := users.invitation_link(person, actor=actor)):
        text += ["", "You have no password here yet. Set one first:", password]
    queue_message(
        key=key,
        to=person.mail,
        subject=subject,
        body="\n".join([f"Hello {person.name},", "", *text]) + "\n",
        about=about,
        person_id=person.pk,
    )


def security_people() -> list[Person]:
    return list(Person.objects.filter(user__role="security", user__is_active=True))


def link(path: str) -> str:
    return settings.PUBLIC_URL.rstrip("/") + path
