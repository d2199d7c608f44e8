"""19. A second late: after the due time a decision is stored and marked late; a second after its
item was re-routed or the campaign closed it is refused with a clear error and nothing is stored;
bulk says so for each item."""

from datetime import timedelta

import pytest
from django.test import Client

import clock
from accounts.models import User
from audit.errors import Conflict, WrongInput
from reviews.actions.deciding import decide
from reviews.actions.rerouting import reassign_item
from reviews.actions.timing import keep_time
from reviews.enums import Choice, Outcome
from reviews.models import Campaign, Decision
from tests.cast import acting, person_of
from tests.commands.running import run_well
from tests.reviews.world import sheet_of
from tests.scenarios.company import Office, choose, item_of, pick

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
ESCALATED = timedelta(days=3, seconds=1)
AWAY = "This item is not on your sheet any more: it has been given to somebody else."


@pytest.fixture
def campaign(office: Office, alice: User, bob: User, owner: User, sam: User) -> Campaign:
    office.staff()
    office.ledger()
    return office.open()


@pytest.mark.parametrize(("after", "late"), [(0 * SECOND, False), (SECOND, True)])
def test_after_the_due_time_it_is_stored_and_marked(
    campaign: Campaign, alice: User, after: timedelta, late: bool
) -> None:
    with clock.set_to(campaign.due_at + after):
        verdict = choose(alice, item_of(campaign, "tom"), Choice.CERTIFY)
    assert (verdict.late, Decision.objects.get().late) == (late, late)
    assert item_of(campaign, "tom").outcome == Outcome.CERTIFIED


def test_a_second_after_the_rerouting_it_is_refused(campaign: Campaign, alice: User) -> None:
    sheet, item = sheet_of(campaign, alice), item_of(campaign, "tom")
    seen = pick(item)
    with clock.set_to(campaign.due_at + ESCALATED):
        keep_time()
    with (
        clock.set_to(campaign.due_at + ESCALATED + SECOND),
        pytest.raises(WrongInput, match=AWAY),
    ):
        decide(sheet, actor=acting(alice), picks=[seen], choice=Choice.CERTIFY)
    assert Decision.objects.count() == 0


def test_a_second_after_the_closing_it_is_refused(
    campaign: Campaign, alice: User, sam: User
) -> None:
    gaps = ["--with-gaps", "Merger", "--acknowledged-by", sam.email]
    run_well("close_campaign", campaign.pk, *gaps)
    item = item_of(campaign, "tom")
    for choice in (Choice.CERTIFY, Choice.REVOKE):
        with pytest.raises(Conflict, match="is closed: nothing can be decided in it any more"):
            choose(alice, item, choice, "Late")
    item.refresh_from_db()
    assert (item.outcome, Decision.objects.count()) == (Outcome.NOT_REVIEWED, 0)


def test_bulk_says_so_for_each(campaign: Campaign, alice: User, bob: User, sam: User) -> None:
    items = [item_of(campaign, name) for name in ("tom", "lena", "mei")]
    seen = [pick(item) for item in items]
    for item in items[:2]:
        reassign_item(item, actor=acting(sam), to=person_of(bob), reason="His reports")
    with clock.set_to(campaign.due_at + SECOND):
        verdict = decide(
            sheet_of(campaign, alice), actor=acting(alice), picks=seen, choice=Choice.CERTIFY
        )
    assert (verdict.decided, verdict.refused, verdict.late) == (
        [items[2].pk],
        {items[0].pk: AWAY, items[1].pk: AWAY},
        True,
    )
    decided = Decision.objects.get()
    assert (decided.item, decided.late, decided.bulk_size) == (items[2], True, 3)


def test_the_page_says_that_it_is_late(campaign: Campaign, alice: User, client: Client) -> None:
    item = item_of(campaign, "tom")
    with clock.set_to(campaign.due_at + SECOND):
        client.force_login(alice)
        answer = client.post(
            f"/reviews/{item.review_id}/items/{item.pk}/decide/",
            {"choice": "certify", "version": 1},
            headers={"HX-Request": "true"},
        )
    assert (answer.status_code, "It is stored as late" in answer.content.decode()) == (200, True)


def test_the_page_of_a_closed_campaign_refuses(
    campaign: Campaign, alice: User, sam: User, client: Client
) -> None:
    item = item_of(campaign, "tom")
    gaps = ["--with-gaps", "Merger", "--acknowledged-by", sam.email]
    run_well("close_campaign", campaign.pk, *gaps)
    client.force_login(alice)
    address = f"/reviews/{item.review_id}/items/{item.pk}/decide/"
    answer = client.post(address, {"choice": "certify", "version": 1})
    assert (answer.status_code, "nothing can be decided" in answer.content.decode()) == (409, True)
    assert Decision.objects.count() == 0
