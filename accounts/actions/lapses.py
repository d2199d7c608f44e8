"""What was allowed for a while and is so no longer: a finding, outside campaigns."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

import clock
from accounts.actions.findings import WATCHED
from accounts.enums import FindingState, Severity
from accounts.insights import current_policy
from accounts.models import Account, Finding, Grant
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb

# Kept until a day that has passed, and nobody says whether it is still needed.
UNANSWERED = "K1"


def open_lapse(
    account: Account,
    grant: Grant | None,
    *,
    actor: Actor,
    rule: str,
    facts: Mapping[str, Any],
    sentence: str,
    link: str,
) -> Finding:
    """Open the finding, once while one is open; ``link`` names what has come to its end.

    What the facts of an account show by themselves is a finding on the account, the rest on
    the grant.
    """
    now = clock.now()
    team = None if account.owner_person else account.owner_team
    with transaction.atomic():
        finding, made = Finding.objects.get_or_create(
            rule=rule,
            account=account,
            grant=None if rule in WATCHED else grant,
            state=FindingState.OPEN,
            defaults={
                "severity": Severity.VIOLATION,
                "system": account.system,
                "sentence": sentence[:500],
                "facts": dict(facts),
                "owner_person": account.owner_person or (None if team else account.system.owner),
                "owner_team": team,
                "opened_at": now,
                "due_at": now + timedelta(hours=current_policy().violation_hours),
                "link": link,
            },
        )
        if made:
            _record_opened(finding, actor)
    return finding


def _record_opened(finding: Finding, actor: Actor) -> None:
    trail.record(
        Verb.FINDING_OPENED,
        actor=actor,
        target=f"finding:{finding.pk}",
        data={"rule": finding.rule, "account": finding.account_id, "link": finding.link},
    )
