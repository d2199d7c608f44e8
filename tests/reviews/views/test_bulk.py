"""Several rows in one act: picked in a lane, folded, or the whole of an account."""

from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.enums import LastUse
from accounts.models import System, User
from reviews.actions.deciding import Pick, decide
from reviews.actions.rerouting import reassign_item
from reviews.enums import Choice, Lane, Outcome
from reviews.forms.deciding import MOST_PICKS
from reviews.models import Decision, Review, ReviewItem
from tests.cast import acting, person_of
from tests.reviews.views.conftest import of
from tests.reviews.world import (
    admin_right,
    holding,
    lie_unchanged,
    open_campaign,
    report_of,
    right,
    sheet_of,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def said(answer: Any) -> list[str]:
    return [m.message for m in get_messages(answer.wsgi_request)]


def choices(item: ReviewItem) -> list[tuple[str, str, str]]:
    rows = Decision.objects.filter(item=item).order_by("id")
    return list(rows.values_list("choice", "state", "reason"))


@pytest.fixture
def lena(client: Client, alice: User, sheet: Review) -> ReviewItem:
    client.force_login(alice)
    return of(sheet.campaign, "Lena")


def bulk(client: Client, sheet: Review, *items: ReviewItem, **given: Any) -> Any:
    given.setdefault("choice", "certify")
    picks = [f"{item.pk}:{item.version}" for item in items]
    return client.post(f"/reviews/{sheet.pk}/bulk/", {"pick": picks, **given})


def test_bulk_shows_count_and_sample_and_decides_when_confirmed(
    client: Client, sheet: Review, lena: ReviewItem
) -> None:
    mei = of(sheet.campaign, "Mei")
    page = bulk(client, sheet, lena, mei).content.decode()
    assert "Keep 2 items together?" in page
    assert "Lena Fischer" in page
    assert choices(lena) == []
    answer = bulk(client, sheet, lena, mei, confirmed="on", reason="All on the team")
    assert said(answer) == ["Kept: 2 items."]
    assert Decision.objects.filter(bulk_size=2, reason="All on the team").count() == 2


def test_bulk_tells_what_became_of_each_on_a_page_of_its_own(
    client: Client, alice: User, sheet: Review, lena: ReviewItem
) -> None:
    mei = of(sheet.campaign, "Mei")
    decide(sheet, actor=acting(alice), picks=[Pick(mei.pk, 1)], choice=Choice.CERTIFY)
    answer = bulk(client, sheet, lena, mei, choice="revoke", reason="Project over", confirmed="on")
    page = answer.content.decode()
    assert "Revoked: 1 item. 1 had changed meanwhile." in page
    conflicts, _, decided = page.partition('id="decided"')
    assert f'href="/reviews/{sheet.pk}/items/{mei.pk}/' in conflicts
    assert "Alice Okafor chose &quot;Keep&quot; on this item" in conflicts
    assert ("Lena Fischer" in conflicts, "Lena Fischer" in decided) == (False, True)
    assert choices(mei) == [("certify", "standing", ""), ("revoke", "contested", "Project over")]


def test_bulk_never_reaches_what_must_be_looked_at(
    client: Client, sheet: Review, lena: ReviewItem
) -> None:
    answer = bulk(client, sheet, of(sheet.campaign, "Tom"), lena, confirmed="on", reason="x")
    assert said(answer) == ["What must be looked at is decided one by one."]
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("picks", [[], ["1"], ["a:b"]])
def test_bulk_without_rows_that_can_be_read_decides_nothing(
    client: Client, lena: ReviewItem, picks: list[str]
) -> None:
    answer = client.post(
        f"/reviews/{lena.review_id}/bulk/", {"pick": picks, "choice": "certify", "confirmed": "on"}
    )
    assert len(said(answer)) == 1
    assert Decision.objects.count() == 0


def test_bulk_of_more_than_it_takes_is_refused_and_says_what_to_do(
    client: Client, lena: ReviewItem
) -> None:
    picks = " ".join(f"{number}:1" for number in range(MOST_PICKS + 1))
    answer = client.post(
        f"/reviews/{lena.review_id}/bulk/", {"pick": picks, "choice": "certify", "confirmed": "on"}
    )
    (sentence,) = said(answer)
    assert sentence.startswith("At most 200 rights are decided at once, and these are 201: pick")
    assert Decision.objects.count() == 0


def test_bulk_tells_before_what_speaks_against_it(
    client: Client, sheet: Review, lena: ReviewItem
) -> None:
    insight = {"rule": "S5", "outcome": "L", "value": {"last_use": "unknown"}, "source": "Ledger"}
    ReviewItem.objects.filter(pk=lena.pk).update(
        insights=[{**insight, "as_of": "2026-10-05T12:00:00+00:00"}], last_use=LastUse.NEVER
    )
    page = bulk(client, sheet, lena, of(sheet.campaign, "Mei")).content.decode()
    assert "1 of 2 has a reason to be looked at one by one." in page
    assert "Last use not known: 1" in page
    assert "Never used: 1" in page


def test_bulk_tells_before_that_nothing_speaks_against_it(
    client: Client, sheet: Review, lena: ReviewItem
) -> None:
    page = bulk(client, sheet, lena, of(sheet.campaign, "Mei")).content.decode()
    assert "Nothing: no rule speaks for a closer look" in page


def test_bulk_with_what_went_to_somebody_else_says_so_and_names_nobody(
    client: Client, alice: User, bob: User, sheet: Review, lena: ReviewItem
) -> None:
    mei = of(sheet.campaign, "Mei")
    reassign_item(mei, actor=acting(alice), to=person_of(bob), reason="Moved")
    page = bulk(client, sheet, lena, mei, confirmed="on").content.decode()
    assert "An item that is not on your sheet any more." in page
    assert "Mei Tanaka" not in page
    assert choices(lena) == [("certify", "standing", "")]


@pytest.fixture
def folded(client: Client, sam: User, alice: User, ledger: System, noon: object) -> Review:
    """Tom's four unchanged rights, and one that must be looked at."""
    client.force_login(alice)
    rights = [right(ledger, f"right-{n}") for n in range(4)]
    holding(ledger, report_of(alice, "Tom Eriksen"), *rights, admin_right(ledger))
    campaign = open_campaign(sam)
    lie_unchanged(campaign, ledger)
    campaign.items.filter(right="admin").update(lane=Lane.MUST_LOOK)
    return sheet_of(campaign, alice)


def keep_fold(client: Client, sheet: Review, **given: Any) -> Any:
    items = list(sheet.items.filter(lane=Lane.UNCHANGED).order_by("pk"))
    form = {
        "pick": " ".join(f"{item.pk}:{item.version}" for item in items),
        "members": " ".join(str(item.pk) for item in items),
        "by": "person",
        "choice": "certify",
        "confirmed": "on",
        **given,
    }
    return client.post(f"/reviews/{sheet.pk}/bulk/", form, headers=HTMX)


def test_fold_is_kept_with_a_decision_for_each_and_comes_back_as_one_row(
    client: Client, folded: Review
) -> None:
    page = keep_fold(client, folded).content.decode()
    assert page.count("<li") == 1
    assert "4 kept" in page
    assert "4 of 5 decided" in page
    assert 'id="lane-4-count" hx-swap-oob="true">all 4 decided</span>' in page
    made = Decision.objects.values_list("choice", "bulk_size", "item__lane")
    assert sorted(made) == [("certify", 4, 4)] * 4


def test_fold_tells_what_was_not_decided_of_it(client: Client, alice: User, folded: Review) -> None:
    first = folded.items.filter(lane=Lane.UNCHANGED).order_by("pk")[0]
    stale = Pick(first.pk, 1)
    decide(folded, actor=acting(alice), picks=[stale], choice=Choice.REVOKE, reason="Over")
    picks = " ".join(f"{item.pk}:1" for item in folded.items.filter(lane=Lane.UNCHANGED))
    page = keep_fold(client, folded, pick=picks).content.decode()
    assert 'Alice Okafor chose "Revoke" on this item' in unescape(page)
    assert "3 kept" in page


def test_fold_that_cannot_be_decided_leads_back_to_the_sheet(
    client: Client, folded: Review
) -> None:
    picks = " ".join(f"{item.pk}:1" for item in folded.items.all())
    answer = keep_fold(client, folded, pick=picks)
    assert answer["HX-Redirect"] == f"/reviews/{folded.pk}/"
    assert said(answer) == ["What must be looked at is decided one by one."]


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_panel_leads_to_the_whole_account_where_several_rights_of_it_stand_here(
    client: Client, folded: Review, headers: dict[str, str]
) -> None:
    admin = folded.items.get(right="admin")
    address = f"/reviews/{folded.pk}/items/{admin.pk}/"
    page = client.get(address, headers=headers).content.decode()
    assert "5 rights of it stand on this sheet." in page
    assert f'href="{address}account/?at="' in page
    folded.items.exclude(pk=admin.pk).update(outcome=Outcome.GONE)
    page = client.get(address, headers=headers).content.decode()
    assert "stand on this sheet" not in page


def test_whole_account_shows_all_its_rights_here_and_elsewhere(
    client: Client, alice: User, bob: User, folded: Review
) -> None:
    moved = folded.items.get(right="right-3")
    reassign_item(moved, actor=acting(alice), to=person_of(bob), reason="Bob knows")
    admin = folded.items.get(right="admin")
    page = client.get(f"/reviews/{folded.pk}/items/{admin.pk}/account/").content.decode()
    here, _, away = page.partition('id="elsewhere"')
    assert [f"right-{n}" in here for n in range(4)] == [True, True, True, False]
    assert ("right-3" in away, "Bob Larsen judges it" in away) == (True, True)
    assert "Revoke 4 rights" in page


def test_whole_account_is_revoked_across_lanes_with_one_reason(
    client: Client, folded: Review
) -> None:
    admin = folded.items.get(right="admin")
    picks = " ".join(f"{item.pk}:{item.version}" for item in folded.items.all())
    answer = client.post(
        f"/reviews/{folded.pk}/items/{admin.pk}/account/",
        {"choice": "revoke", "pick": picks, "usual": "No longer needed", "at": "lane=1"},
    )
    assert answer["Location"] == f"/reviews/{folded.pk}/?lane=1"
    assert said(answer) == ["Revoked: 5 items."]
    made = Decision.objects.values_list("choice", "reason", "bulk_size")
    assert sorted(made) == [("revoke", "No longer needed", 5)] * 5


def test_whole_account_asks_for_a_reason(client: Client, folded: Review) -> None:
    admin = folded.items.get(right="admin")
    answer = client.post(
        f"/reviews/{folded.pk}/items/{admin.pk}/account/",
        {"choice": "revoke", "pick": f"{admin.pk}:1"},
    )
    assert answer.status_code == 422
    assert "this decision needs a reason" in answer.content.decode()
    assert Decision.objects.count() == 0


def test_whole_account_of_somebody_elses_sheet_is_not_there(
    client: Client, bob: User, folded: Review
) -> None:
    client.force_login(bob)
    item = folded.items.order_by("pk")[0]
    assert client.get(f"/reviews/{folded.pk}/items/{item.pk}/account/").status_code == 404
