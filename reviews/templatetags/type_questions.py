"""What a row asks beside keep and revoke, by the type of its account and by what it breaks."""

from datetime import date

from django import template

import clock
from accounts.enums import AccountType
from reviews import rules
from reviews.enums import Choice
from reviews.models import Campaign
from reviews.queries.sheets import Row

register = template.Library()


@register.filter
def question(row: Row) -> str:
    """What stands between the row and Keep; blank where nothing does.

    "forbidden": there is no way to keep it; "shared": say whose it is, or that it is shared;
    "right": name what is missing; "explain": say what it was used for; "confirm": say that owner
    and purpose hold; "until": say until when.
    """
    broken = set(rules.violations(row.item))
    if broken:
        return _of_broken(broken, row)
    kept = row.is_decided and row.chosen != Choice.REVOKE
    return "" if kept or row.is_over or row.today is None else _of_type(row)


def _of_broken(broken: set[str], row: Row) -> str:
    if not broken <= rules.CORRECTABLE:
        return "forbidden"
    if "S15" in broken:
        return "shared"
    only_uses = broken == {"S16"} and row.today is not None and row.today.unexplained
    return "explain" if only_uses else "right"


def _of_type(row: Row) -> str:
    item, today = row.item, row.today
    if today is None:
        return ""
    if item.account_type == AccountType.SERVICE and not today.confirmed_at:
        return "confirm" if today.is_complete else "right"
    if item.account_type == AccountType.EMERGENCY and today.unexplained:
        return "explain"
    return "until" if item.account_type == AccountType.TEMPORARY else ""


@register.filter
def end_ahead(row: Row, campaign: Campaign) -> date | None:
    """The end date of a temporary account as Keep until proposes it: where it lies ahead, and
    not later than the policy lets it be."""
    if row.today is None or row.item.account_type != AccountType.TEMPORARY:
        return None
    ends = row.today.ends
    return min(ends, rules.latest_end(campaign)) if ends and ends > clock.today() else None


@register.filter
def to_confirm(row: Row) -> str:
    """The seal of what a service account's row says, where keeping it confirms that."""
    return row.today.seal if row.today and question(row) == "confirm" else ""
