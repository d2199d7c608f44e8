"""A finding for what was allowed for a while and is so no longer."""

from datetime import timedelta

import pytest

from accounts.actions.lapses import UNANSWERED, open_lapse
from accounts.models import Finding, System, User
from audit.actors import Actor
from audit.models import Event
from tests.cast import NOON, make_account, make_entitlement, make_grant, make_team, person_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
CLOCK = Actor.system("clock")


@pytest.mark.parametrize(("rule", "on_grant"), [(UNANSWERED, True), ("S13", False)])
def test_it_is_opened_once_and_on_the_grant_where_facts_do_not_watch_it(
    ledger: System, owner: User, rule: str, on_grant: bool
) -> None:
    account = make_account(ledger, "svc")
    grant = make_grant(account, make_entitlement(ledger, "read"))
    for _ in range(2):
        open_lapse(
            account, grant, actor=CLOCK, rule=rule, facts={}, sentence="Over.", link="recheck:1"
        )
    finding = Finding.objects.get()
    assert (finding.grant == grant, finding.owner_person) == (on_grant, person_of(owner))
    assert finding.due_at == NOON + timedelta(hours=24)
    assert Event.objects.filter(verb="finding.opened").count() == 1


def test_who_owns_the_account_owns_the_finding(ledger: System, alice: User) -> None:
    team = make_team("Payments")
    for fields in ({"owner_team": team}, {"owner_person": alice.person}):
        account = make_account(ledger, "", **fields)
        open_lapse(
            account, None, actor=CLOCK, rule=UNANSWERED, facts={}, sentence="Over.", link="x:1"
        )
    assert list(Finding.objects.order_by("pk").values_list("owner_team", "owner_person")) == [
        (team.pk, None),
        (None, alice.person_id),
    ]
