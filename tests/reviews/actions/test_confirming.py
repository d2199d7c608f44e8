"""Service accounts are kept with an owner and a purpose that somebody has confirmed."""

import pytest

from accounts.actions.accounts import name_owner, name_purpose
from accounts.models import Account, System, User
from audit.errors import NotAllowed, WrongInput
from audit.models import Disclosure, Event
from reviews.actions.correcting import Naming, correct_item
from reviews.actions.deciding import Pick, Verdict, decide
from reviews.enums import Choice, Lane, Outcome
from reviews.models import Confirmation, Decision, Review, ReviewItem
from reviews.queries.today import today_of
from tests.cast import NOON, acting, make_grant, make_team, person_of
from tests.reviews.world import open_campaign, right, service_account, sheet_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def account(alice: User, ledger: System) -> Account:
    """Alice leads the team that owns it; nothing is missing."""
    team = make_team("Payments", lead=person_of(alice))
    return service_account(ledger, owner_team=team, purpose="Settles payouts at night")


@pytest.fixture
def sheet(account: Account, sam: User, alice: User) -> Review:
    for key in ("read", "write"):
        make_grant(account, right(account.system, key))
    return sheet_of(open_campaign(sam), alice)


def seals(items: list[ReviewItem]) -> dict[int, str]:
    return {pk: today.seal for pk, today in today_of(items).items()}


def keep(
    sheet: Review, user: User, *items: ReviewItem, confirming: dict[int, str] | None = None
) -> Verdict:
    picks = [Pick(item.pk, item.version) for item in items]
    return decide(
        sheet, actor=acting(user), picks=picks, choice=Choice.CERTIFY, confirming=confirming
    )


def test_service_account_is_not_kept_unconfirmed(sheet: Review, alice: User) -> None:
    with pytest.raises(WrongInput, match="kept only with an owner and a purpose"):
        keep(sheet, alice, sheet.items.all()[0])
    assert (Decision.objects.count(), Confirmation.objects.count()) == (0, 0)


def test_keep_with_what_was_seen_confirms_it(sheet: Review, account: Account, alice: User) -> None:
    item = sheet.items.all()[0]
    keep(sheet, alice, item, confirming=seals([item]))
    item.refresh_from_db()
    said = Confirmation.objects.get()
    assert item.outcome == Outcome.CERTIFIED
    assert (said.account, said.owner_person, said.owner_name, said.team_name, said.purpose) == (
        account,
        None,
        "",
        "Payments",
        "Settles payouts at night",
    )
    assert (said.person_name, said.at) == ("Alice Okafor", NOON)
    event = Event.objects.get(verb="item.confirmed")
    assert (event.target, event.stream) == (f"item:{item.pk}", sheet.campaign.stream)
    assert "Settles" not in event.body
    text = Disclosure.objects.get(event_id=event.pk, name="purpose").text
    assert text == "Settles payouts at night"


def test_confirmation_holds_for_the_other_items_of_the_account(sheet: Review, alice: User) -> None:
    first, second = sheet.items.order_by("pk")
    keep(sheet, alice, first, confirming=seals([first]))
    keep(sheet, alice, second)
    assert Confirmation.objects.count() == 1


def test_what_has_changed_since_it_was_seen_is_not_confirmed(
    sheet: Review, account: Account, alice: User, sam: User
) -> None:
    item = sheet.items.all()[0]
    seen = seals([item])
    name_purpose(account, actor=acting(sam), purpose="Something else")
    with pytest.raises(WrongInput, match="confirm them as the row shows them now"):
        keep(sheet, alice, item, confirming=seen)
    assert Confirmation.objects.count() == 0


def test_confirmation_ends_with_the_owner_that_was_confirmed(
    sheet: Review, account: Account, alice: User, sam: User
) -> None:
    first, second = sheet.items.order_by("pk")
    keep(sheet, alice, first, confirming=seals([first]))
    name_owner(account, actor=acting(sam), owner=make_team("Treasury"))
    with pytest.raises(WrongInput):
        keep(sheet, alice, second)
    keep(sheet, alice, second, confirming=seals([second]))
    assert list(Confirmation.objects.order_by("pk").values_list("team_name", flat=True)) == [
        "Payments",
        "Treasury",
    ]


def test_bulk_keeps_what_is_confirmed_and_says_of_each_other_why_not(
    sam: User, alice: User, ledger: System
) -> None:
    team = make_team("Payments", lead=person_of(alice))
    for name in ("svc-a", "svc-b", "svc-c"):
        service_account(ledger, name, owner_team=team, purpose=f"Runs {name}")
    sheet = sheet_of(open_campaign(sam), alice)
    items = list(sheet.items.order_by("pk"))
    assert {item.lane for item in items} == {Lane.NEW}
    verdict = keep(sheet, alice, *items, confirming=seals(items[:2]))
    assert verdict.decided == [item.pk for item in items[:2]]
    assert list(verdict.refused) == [items[2].pk]
    assert "confirm them as the row shows them now" in verdict.refused[items[2].pk]
    assert Confirmation.objects.count() == 2
    assert Event.objects.filter(verb="item.confirmed").count() == 2


def test_bulk_of_one_account_confirms_it_once(sheet: Review, alice: User) -> None:
    items = list(sheet.items.order_by("pk"))
    keep(sheet, alice, *items, confirming=seals(items))
    assert Confirmation.objects.count() == 1
    assert Event.objects.get(verb="item.confirmed").target == f"item:{items[0].pk}"


def test_revoking_confirms_nothing(sheet: Review, alice: User) -> None:
    item = sheet.items.all()[0]
    decide(
        sheet,
        actor=acting(alice),
        picks=[Pick(item.pk, item.version)],
        choice=Choice.REVOKE,
        reason="Not used any more",
        confirming=seals([item]),
    )
    assert Confirmation.objects.count() == 0


def test_keep_until_asks_for_the_same(sheet: Review, alice: User) -> None:
    item = sheet.items.all()[0]
    picks = [Pick(item.pk, item.version)]
    until = NOON.date().replace(month=12)
    with pytest.raises(WrongInput, match="kept only with an owner"):
        decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY_UNTIL, until=until)


def test_correcting_confirms_what_stands_then(sheet: Review, account: Account, alice: User) -> None:
    item = sheet.items.all()[0]
    correct_item(sheet, item, actor=acting(alice), naming=Naming(purpose="Settles by day"))
    keep(sheet, alice, item)
    assert Confirmation.objects.get().purpose == "Settles by day"


def test_leaving_everything_as_it_is_confirms_it_without_a_correction(
    sheet: Review, alice: User
) -> None:
    item = sheet.items.all()[0]
    correct_item(sheet, item, actor=acting(alice), naming=Naming())
    keep(sheet, alice, item)
    assert Event.objects.filter(verb="item.corrected").count() == 0


def test_whoever_holds_the_credential_confirms_nothing(
    sheet: Review, account: Account, alice: User
) -> None:
    Account.objects.filter(pk=account.pk).update(operator=alice.person)
    item = sheet.items.all()[0]
    with pytest.raises(NotAllowed):
        keep(sheet, alice, item, confirming=seals([item]))
    assert Confirmation.objects.count() == 0
