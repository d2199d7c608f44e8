"""Accounts, sources and findings in the few words that a row has room for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse

import clock
from accounts.enums import LastUse, Precision, RunState, SourceKind
from accounts.insights import Policy, label
from accounts.models import Account, Finding, Source, System
from listing.templatetags.times import day

register = template.Library()


@dataclass(frozen=True)
class Standing:
    """How a source stands: a word and its meaning for a chip, and the next thing to do."""

    word: str
    meaning: str
    act: str = ""
    url: str = ""


@register.filter
def age(read_at: datetime | None) -> str:
    """today, yesterday, 3 days ago."""
    if read_at is None:
        return ""
    days = (clock.now() - read_at).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")


@register.filter
def standing(row: System | Source, policy: Policy) -> Standing:
    """Of a row of list_sources: the run that waits for somebody comes first; stale is what the
    launch gate of the policy refuses."""
    latest: Any = row
    run = reverse("accounts:run", args=[latest.latest_id]) if latest.latest_id else ""
    waiting = _WAITING.get(latest.latest_state)
    if waiting:
        return Standing(*waiting, run)
    source: Source | None = row if isinstance(row, Source) else getattr(row, "source", None)
    current = source.current_run if source else None
    again = _import_url(row)
    if source is None or current is None:
        return Standing("uncovered", "bad", "Import", again)
    if clock.now() - current.read_at > policy.may_be_old(source.connector):
        return Standing("stale", "warn", "Import again", again)
    return Standing("fresh", "good", "Import again", again)


_WAITING = {
    RunState.UPLOADED: ("being read", "info", "See how far"),
    RunState.IMPORTING: ("importing", "info", "See how far"),
    RunState.STAGED: ("waits for Import", "warn", "Check and import"),
    RunState.HELD: ("held", "bad", "Decide on it"),
    RunState.FAILED: ("last import failed", "bad", "See why"),
}


def _import_url(row: System | Source) -> str:
    if isinstance(row, Source) and row.kind == SourceKind.ROSTER:
        return f"{reverse('accounts:import_people')}?roster={row.name}"
    return f"{reverse('accounts:import_accounts')}?system={row.pk}"


@register.filter
def last_use(account: Account) -> str:
    """When it was last used; not knowing is never said as "never"."""
    if account.last_use != LastUse.KNOWN:
        return account.get_last_use_display().lower()
    return str(day(account.last_used))


@register.filter
def by_day(account: Account) -> bool:
    return account.last_use == LastUse.KNOWN and account.last_used_precision == Precision.DAY


@register.filter
def short(finding: Finding) -> str:
    """A finding in two to five words."""
    if "rule" in finding.facts:
        return label(finding.facts)
    return label({"rule": finding.rule, "value": finding.facts})


@register.filter
def corrected(account: Account, field: str) -> bool:
    """Whether a person said this of the account, so that imports leave it alone."""
    return field in account.corrected


@register.filter
def of_row(found: Mapping[int, Any], key: int) -> Any:
    """What was found for the row of this key, if anything."""
    return found.get(key)
