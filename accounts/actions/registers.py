"""What people register of accounts: that one is shared or a second one, and why an emergency
account was used."""

from datetime import date, timedelta

from django.db import transaction

import clock
from accounts import rules
from accounts.actions.accounts import open_account, record_and_follow, said_in_words
from accounts.actors import user_of
from accounts.enums import RegistrationKind
from accounts.models import Account, AccountRegistration, EmergencyUse
from audit import trail
from audit.actors import Actor
from audit.errors import Conflict, WrongInput
from audit.verbs import Verb

LONGEST_REGISTRATION = timedelta(days=365)


def register_account(
    account: Account,
    *,
    actor: Actor,
    kind: str,
    until: date,
    reason: str,
    as_reviewer: bool = False,
) -> AccountRegistration:
    """Register an account as shared, or as somebody's second one, until a day at most a year off.

    It takes the place of an earlier registration of the same kind.
    """
    reason = said_in_words(reason, "Say why it may be used like that.", 2000)
    if kind not in RegistrationKind.values:
        raise WrongInput(f"Choose as what to register it: {', '.join(RegistrationKind.values)}.")
    last = clock.today() + LONGEST_REGISTRATION
    if not clock.today() < until <= last:
        raise WrongInput(f"Name a day after today, and {last:%-d %B %Y} at the latest.")
    with transaction.atomic():
        account = open_account(account, actor, rules.may_correct_account, as_reviewer)
        user, now = user_of(actor), clock.now()
        account.registrations.filter(kind=kind, ended_at=None).update(ended_at=now)
        registration = account.registrations.create(
            kind=kind,
            until=until,
            reason=reason,
            made_by=user.person if user else None,
            made_at=now,
        )
        data = {"registration": registration.pk, "kind": kind, "until": until.isoformat()}
        record_and_follow(Verb.ACCOUNT_REGISTERED, account, actor, data, reason=reason)
    return registration


def end_registration(registration: AccountRegistration, *, actor: Actor) -> AccountRegistration:
    """End a registration before its day: from now on the rules look at the account again."""
    with transaction.atomic():
        account = open_account(registration.account, actor, rules.may_correct_account)
        registration = AccountRegistration.objects.select_for_update().get(pk=registration.pk)
        if registration.ended_at is not None:
            raise Conflict(f"This registration was ended on {registration.ended_at:%-d %B %Y}.")
        registration.ended_at = clock.now()
        registration.save(update_fields=["ended_at"])
        data = {
            "registration": registration.pk,
            "kind": registration.kind,
            "until": registration.until.isoformat(),
        }
        record_and_follow(Verb.ACCOUNT_REGISTRATION_ENDED, account, actor, data)
    return registration


def explain_use(
    use: EmergencyUse, *, actor: Actor, explanation: str, as_reviewer: bool = False
) -> EmergencyUse:
    """Say why an emergency account was used; said once, it stands."""
    explanation = said_in_words(explanation, "Say in a sentence what it was used for.", 2000)
    with transaction.atomic():
        account = open_account(use.account, actor, rules.may_name_for_account, as_reviewer)
        use = EmergencyUse.objects.select_for_update(of=("self",)).get(pk=use.pk)
        if use.explained_at is not None:
            raise Conflict(
                f"{use.explained_by or 'Somebody'} explained this use on "
                f"{use.explained_at:%-d %B %Y at %H:%M} UTC. What was said stands."
            )
        user = user_of(actor)
        use.explanation, use.explained_at = explanation, clock.now()
        use.explained_by = user.person if user else None
        use.save(update_fields=["explanation", "explained_at", "explained_by"])
        data = {"use": use.pk, "used_at": trail.moment(use.used_at)}
        record_and_follow(Verb.ACCOUNT_USE_EXPLAINED, account, actor, data, explanation=explanation)
    return use
