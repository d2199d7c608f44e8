"""Logins to PortX Access: made, invited, given a role, ended."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

import clock
from accounts import rules
from accounts.actors import user_of
from accounts.enums import PersonStatus, Role
from accounts.models import Person, User
from audit import trail
from audit.actors import Actor, Channel
from audit.errors import Conflict, NotAllowed, WrongInput
from audit.verbs import Verb
from jobs.messages import queue_message


def create_user(*, actor: Actor, mail: str, role: str, name: str = "") -> User:
    """Make a login and, where the rosters know nobody with this mail, a person too.

    Such a person belongs to no roster, so that none makes them vanish. The invitation goes to
    the login's own address. Raises WrongInput, Conflict where there is such a login already.
    """
    mail = mail.strip().lower()
    _check(mail, role)
    with transaction.atomic():
        _require_administrator(actor)
        if User.objects.filter(email__iexact=mail).exists():
            raise Conflict(f"{mail} has a login already: change its role instead.")
        person = _person_of(mail) or Person.objects.create(
            name=name.strip() or mail, mail=mail, status=PersonStatus.ACTIVE
        )
        if name.strip() and person.source_id is None and person.name != name.strip():
            person.name = name.strip()
            person.save(update_fields=["name"])
        user = _make(person, mail, role, actor)
        invite_user(user, actor=actor)
    return user


def invite_user(user: User, *, actor: Actor) -> None:
    """Send the link to set a password, to the login's own address and nowhere else."""
    with transaction.atomic():
        queue_message(
            key=f"invitation:{user.pk}:{clock.now():%Y%m%d%H%M%S%f}",
            to=user.email,
            subject="Your login to PortX Access",
            body=(
                f"Hello {user},\n\nyou have been given a login to PortX Access. Set your password "
                f"here:\n{_password_link(user)}\n"
            ),
            about=user.ref,
            person_id=user.person_id,
        )
        trail.record(Verb.USER_INVITED, actor=actor, target=user.ref)


def invitation_link(person: Person, *, actor: Actor) -> str:
    """The link by which ``person`` sets a first password, making their login if need be.

    Blank where they have one already, or may not have any. Whoever calls this puts it into a
    message to the person's own address and nowhere else.
    """
    user = User.objects.filter(person=person).first() or _adopt_or_make(person, actor)
    if user is None or not user.is_active or user.has_usable_password():
        return ""
    return make_password_link(user, actor=actor)


def make_password_link(user: User, *, actor: Actor) -> str:
    """The link by which ``user`` sets a password; whoever calls this gives it to nobody else."""
    with transaction.atomic():
        trail.record(Verb.USER_INVITED, actor=actor, target=user.ref)
    return _password_link(user)


def change_role(user: User, *, actor: Actor, role: str) -> User:
    """Give a login another role; nobody changes their own."""
    _check(user.email, role)
    with transaction.atomic():
        _require_administrator(actor)
        user = User.objects.select_for_update().get(pk=user.pk)
        if actor.user_id == user.pk:
            raise NotAllowed("Nobody changes their own role: ask another administrator.")
        before, user.role = user.role, role
        user.save(update_fields=["role"])
        trail.record(
            Verb.USER_ROLE_CHANGED,
            actor=actor,
            target=user.ref,
            data={"was": before, "now": role},
        )
    return user


def deactivate_user(user: User, *, actor: Actor) -> User:
    """End a login and its sessions at once; what it did stays on record."""
    with transaction.atomic():
        _require_administrator(actor)
        user = User.objects.select_for_update().get(pk=user.pk)
        if actor.user_id == user.pk:
            raise NotAllowed("Nobody ends their own login: ask another administrator.")
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions(user)
        trail.record(Verb.USER_DEACTIVATED, actor=actor, target=user.ref)
    return user


def reactivate_user(user: User, *, actor: Actor) -> User:
    with transaction.atomic():
        _require_administrator(actor)
        user = User.objects.select_for_update().get(pk=user.pk)
        user.is_active = True
        user.save(update_fields=["is_active"])
        trail.record(Verb.USER_REACTIVATED, actor=actor, target=user.ref)
    return user


def end_sessions(user: User) -> None:
    """Delete every session of a login."""
    live = Session.objects.filter(expire_date__gt=clock.now())
    theirs = [
        session.pk
        for session in live.iterator()
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    Session.objects.filter(pk__in=theirs).delete()


def _check(mail: str, role: str) -> None:
    try:
        validate_email(mail)
    except ValidationError as error:
        raise WrongInput(f"{mail!r} is no mail address.") from error
    if role not in Role.values:
        raise WrongInput(
            f"{role!r} is no role: choose one of {', '.join(Role.values)}. Owning a system makes "
            "a reviewer its owner."
        )


def _require_administrator(actor: Actor) -> None:
    """An administrator; the command line alone until one has taken office by a password."""
    user = user_of(actor)
    if user is not None:
        if not rules.may_administer(user):
            raise NotAllowed("Only an administrator manages logins.")
        return
    if actor.channel != Channel.COMMAND or administrator_in_office():
        raise NotAllowed(
            "There is an administrator: name them with --actor, or let them make the login."
        )


def administrator_in_office() -> bool:
    """Whether an administrator has set a password; until then the command line makes logins."""
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    return any(each.has_usable_password() for each in administrators)


def _person_of(mail: str) -> Person | None:
    """The one person with this mail who may have a login and has none."""
    return (
        Person.objects.filter(mail__iexact=mail, user=None)
        .exclude(status__in=[PersonStatus.LEFT, PersonStatus.GONE])
        .order_by("pk")
        .first()
    )


def _adopt_or_make(person: Person, actor: Actor) -> User | None:
    """The login for a person's mail; none where two people bear it and the other one has it."""
    user = User.objects.filter(email__iexact=person.mail).first()
    if user is None:
        return _make(person, person.mail.lower(), Role.REVIEWER, actor)
    if user.person_id is not None:
        return None
    user.person = person
    user.save(update_fields=["person"])
    return user


def _make(person: Person, mail: str, role: str, actor: Actor) -> User:
    user = User.objects.create_user(mail, role=role, person=person, date_joined=clock.now())
    trail.record(
        Verb.USER_CREATED,
        actor=actor,
        target=user.ref,
        data={"role": role, "person": person.pk},
        private={"mail": mail},
    )
    return user


def _password_link(user: User) -> str:
    path = reverse(
        "account_reset_password_from_key",
        kwargs={
            "uidb36": user_pk_to_url_str(user),
            "key": default_token_generator.make_token(user),
        },
    )
    return settings.PUBLIC_URL.rstrip("/") + path
