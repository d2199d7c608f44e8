"""Keeping a temporary account until a day makes that day its end date."""

from collections.abc import Iterable
from datetime import date

from accounts.actions.accounts import set_end_date
from accounts.enums import AccountType
from accounts.models import Account
from audit.actors import Actor
from reviews import rules


def move_ends(actor: Actor, items: Iterable[rules.Item], until: date) -> None:
    """Let the temporary accounts among ``items`` end on ``until``; one at a time, since each
    bears its own event and its findings are looked at anew.

    What a rule still forbids is kept by an exception, as it is: that puts nothing right.
    """
    ids = {
        item.account_id
        for item in items
        if item.account_type == AccountType.TEMPORARY and not rules.violations(item)
    }
    for account in Account.objects.filter(pk__in=ids).exclude(expires=until).order_by("pk"):
        set_end_date(account, actor=actor, expires=until, as_reviewer=True)
