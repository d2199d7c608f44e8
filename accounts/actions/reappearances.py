"""What was removed and proved gone, and is there again: a violation (rule S10)."""

from datetime import datetime, timedelta

from django.db import transaction

import clock
from accounts.enums import FindingState, Severity
from accounts.insights import current_policy
from accounts.models import Account, Finding, Grant
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb


def open_reappearance(
    account: Account,
    grant: Grant | None,
    *,
    actor: Actor,
    revoked_at: datetime,
    verified_at: datetime,
    link: str,
) -> Finding:
    """Open the violation, once while one is open; ``link`` names the old removal."""
    now = clock.now()
    what = f"{grant.entitlement} of {account}" if grant else f"The account {account}"
    with transaction.atomic():
        finding, made = Finding.objects.get_or_create(
            rule="S10",
            account=account,
            grant=grant,
            state=FindingState.OPEN,
            defaults={
                "severity": Severity.VIOLATION,
                "system": account.system,
                "sentence": (
                    f"{what} was revoked on {revoked_at:%-d %B %Y}, verified gone on "
                    f"{verified_at:%-d %B %Y}, and is there again."
                ),
                "facts": {
                    "revoked": revoked_at.isoformat(),
                    "verified": verified_at.isoformat(),
                },
                "owner_person": account.system.owner,
                "opened_at": now,
                "due_at": now + timedelta(hours=current_policy().violation_hours),
                "link": link,
            },
        )
        if made:
            trail.record(
                Verb.FINDING_OPENED,
                actor=actor,
                target=f"finding:{finding.pk}",
                data={"rule": "S10", "account": account.pk, "link": link},
            )
    return finding
