"""What a person puts right about an account; it outlives every later import.

Each verb locks the account, asks whether the actor may, notes the field in ``corrected`` and
writes one event with who, what was and what is; then the account's findings are looked at anew.
``as_reviewer`` is said by a sheet that has established that the account is the actor's to judge.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

import clock
from accounts import rules
from accounts.actions.findings import follow_account
from accounts.actors import user_of
from accounts.classification import AccountFacts, classify
from accounts.enums import AccountType, LinkMethod
from accounts.models import Account, Person, Team, User
from audit import trail
from audit.actors import Actor
from audit.errors import NotAllowed, WrongInput
from audit.verbs import Verb

May = Callable[[User, Account], bool]


def link_account(
    account: Account, *, actor: Actor, person: Person, as_reviewer: bool = False
) -> Account:
    """Say whose account it is; one of no type takes its type from the person."""
    with transaction.atomic():
        account = open_account(account, actor, rules.may_correct_account, as_reviewer)
        was = account.person_id
        changes: dict[str, Any] = {"person": person, "link_method": LinkMethod.MANUAL}
        if account.type == AccountType.UNCLASSIFIED and "type" not in account.corrected:
            changes["type"], changes["type_evidence"] = classify(
                AccountFacts(link_method=LinkMethod.MANUAL, worker_type=person.worker_type)
            )
        _write(account, actor, "person", changes)
        record_and_follow(Verb.ACCOUNT_LINKED, account, actor, {"was": was, "person": person.pk})
    return account


def unlink_account(account: Account, *, actor: Actor, as_reviewer: bool = False) -> Account:
    """Say that it is not the account of whom it is linked to."""
    with transaction.atomic():
        account = open_account(account, actor, rules.may_correct_account, as_reviewer)
        if account.person_id is None:
            raise WrongInput(f"{account} is linked to nobody: there is nothing to undo.")
        was = account.person_id
        _write(account, actor, "person", {"person": None, "link_method": LinkMethod.NONE})
        record_and_follow(Verb.ACCOUNT_UNLINKED, account, actor, {"was": was})
    return account


def correct_type(account: Account, *, actor: Actor, type: str, reason: str) -> Account:  # noqa: A002 - the field's own name
    """Say of what type it is, and why."""
    reason = said_in_words(reason, "Say in a few words why it is of that type.", 300)
    if type not in AccountType.values:
        raise WrongInput(f"{type} is no type of account: choose {', '.join(AccountType.values)}.")
    with transaction.atomic():
        account = open_account(account, actor, rules.may_correct_account)
        was = account.type
        _write(account, actor, "type", {"type": type, "type_evidence": f"Corrected: {reason}"})
        record_and_follow(
            Verb.ACCOUNT_RETYPED, account, actor, {"was": was, "now": type}, reason=reason
        )
    return account


def name_owner(
    account: Account, *, actor: Actor, owner: Person | Team, as_reviewer: bool = False
) -> Account:
    """Name the person or the team that answers for a service or emergency account."""
    person, team = (owner, None) if isinstance(owner, Person) else (None, owner)
    if person is not None:
        _require_here(person, "its owner")
    with transaction.atomic():
        account = open_account(account, actor, rules.may_name_for_account, as_reviewer)
        was = {"was_person": account.owner_person_id, "was_team": account.owner_team_id}
        now = {"person": person and person.pk, "team": team and team.pk}
        _write(account, actor, "owner", {"owner_person": person, "owner_team": team})
        record_and_follow(Verb.ACCOUNT_OWNER_NAMED, account, actor, {**was, **now})
    return account


def name_purpose(
    account: Account, *, actor: Actor, purpose: str, as_reviewer: bool = False
) -> Account:
    """Say what a service or emergency account is for."""
    purpose = said_in_words(purpose, "Say in a sentence what the account is for.", 2000)
    with transaction.atomic():
        account = open_account(account, actor, rules.may_name_for_account, as_reviewer)
        was = account.purpose
        _write(account, actor, "purpose", {"purpose": purpose})
        record_and_follow(Verb.ACCOUNT_PURPOSE_NAMED, account, actor, {}, was=was, purpose=purpose)
    return account


def set_end_date(
    account: Account, *, actor: Actor, expires: date, as_reviewer: bool = False
) -> Account:
    """Say until which day a temporary account is needed."""
    if expires < clock.today():
        raise WrongInput(f"{expires} has passed: name today or a later day, or have it removed.")
    with transaction.atomic():
        account = open_account(account, actor, rules.may_name_for_account, as_reviewer)
        was = account.expires and account.expires.isoformat()
        _write(account, actor, "expires", {"expires": expires})
        now = expires.isoformat()
        record_and_follow(Verb.ACCOUNT_END_SET, account, actor, {"was": was, "now": now})
    return account


def name_sponsor(
    account: Account, *, actor: Actor, sponsor: Person, as_reviewer: bool = False
) -> Account:
    """Name the person who vouches for a temporary account."""
    _require_here(sponsor, "its sponsor")
    with transaction.atomic():
        account = open_account(account, actor, rules.may_name_for_account, as_reviewer)
        if account.person_id == sponsor.pk:
            raise WrongInput(f"{sponsor} holds the account: somebody else must vouch for it.")
        was = account.sponsor_id
        _write(account, actor, "sponsor", {"sponsor": sponsor})
        record_and_follow(
            Verb.ACCOUNT_SPONSOR_NAMED, account, actor, {"was": was, "person": sponsor.pk}
        )
    return account


def open_account(account: Account, actor: Actor, may: May, as_reviewer: bool = False) -> Account:
    """The account, locked and read afresh, if the actor may put it right."""
    locked = (
        Account.objects.select_for_update(of=("self",))
        .select_related("system", "person", "owner_team")
        .get(pk=account.pk)
    )
    user = user_of(actor)
    if user is None:
        raise NotAllowed("Accounts are put right by a person: name one with --actor MAIL.")
    own = user.person_id is not None and user.person_id == locked.person_id
    if own or not (as_reviewer or may(user, locked)):
        raise NotAllowed(
            "You may not put this account right: ask the owner of its system or the security team."
        )
    return locked


def _write(account: Account, actor: Actor, corrected: str, changes: Mapping[str, Any]) -> None:
    for field, value in changes.items():
        setattr(account, field, value)
    account.corrected[corrected] = {"by": actor.ref, "at": clock.now().isoformat()}
    account.save(update_fields=[*changes, "corrected"])


def record_and_follow(
    verb: Verb, account: Account, actor: Actor, data: Mapping[str, Any], **private: str
) -> None:
    """Write the event of an act on an account, then look at its findings anew."""
    target = f"account:{account.pk}"
    trail.record(verb, actor=actor, target=target, data=data, private=private)
    follow_account(account, actor=actor)


def said_in_words(text: str, otherwise: str, most: int) -> str:
    """The text without its edges; WrongInput with the sentence ``otherwise`` where there is none,
    and where it is longer than ``most``."""
    text = text.strip()
    if not text:
        raise WrongInput(otherwise)
    if len(text) > most:
        raise WrongInput(f"That is {len(text)} characters long: {most} are kept. Shorten it.")
    return text


def _require_here(person: Person, as_what: str) -> None:
    if person.has_left(clock.today()):
        raise WrongInput(f"{person} is no longer here and cannot be {as_what}: name another.")
