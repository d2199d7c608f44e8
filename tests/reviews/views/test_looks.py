"""Second looks on pages: a list, and one after the other."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import clock
from accounts.models import User
from reviews.actions.deciding import Pick, decide
from reviews.actions.seeing import see_sheet
from reviews.actions.signing import sign_off
from reviews.enums import Choice, Outcome
from reviews.models import Review, ReviewItem, SecondLook
from reviews.queries.signing import tempo_of
from tests.cast import NOON, acting

pytestmark = pytest.mark.django_db
BROKEN = {"Priya Natarajan"}


@pytest.fixture
def decided(alice: User, sheet: Review) -> Review:
    """Tom's privileged right is kept in three seconds, unseen; Priya's is revoked."""
    see_sheet(sheet, actor=acting(alice))
    for number, item in enumerate(sheet.items.order_by("lane", "pk"), 1):
        with clock.set_to(NOON + timedelta(seconds=3 * number)):
            decide(
                sheet,
                actor=acting(alice),
                picks=[Pick(item.pk, 1)],
                choice=Choice.REVOKE if item.holder_name in BROKEN else Choice.CERTIFY,
                reason="On call",
            )
    return sheet


@pytest.fixture
def looks(alice: User, decided: Review) -> list[SecondLook]:
    sign_off(decided, actor=acting(alice), method="password")
    return list(SecondLook.objects.order_by("pk"))


def test_the_reviewer_is_told_their_pace_before_they_sign_and_can_look_again(
    client: Client, alice: User, decided: Review
) -> None:
    client.force_login(alice)
    page = client.get(f"/reviews/{decided.pk}/sign-off/").content.decode()
    assert "1 high-risk one in under 5 seconds without opening its details. Look again?" in page
    tom = ReviewItem.objects.get(holder_name="Tom Eriksen")
    client.get(f"/reviews/{decided.pk}/items/{tom.pk}/")
    page = client.get(f"/reviews/{decided.pk}/sign-off/").content.decode()
    assert ("for 4 items." in page, "Look again?" in page) == (True, False)


def test_nobody_else_is_told_the_pace(
    client: Client, decided: Review, sam: User, carol: User, looks: list[SecondLook]
) -> None:
    assert tempo_of(decided) is not None
    paths = [
        f"/reviews/{decided.pk}/",
        f"/reviews/{decided.pk}/receipt/",
        f"/campaigns/{decided.campaign_id}/reviewers/",
        f"/items/{looks[0].item_id}/",
        f"/second-looks/{looks[0].pk}/",
        "/second-looks/",
    ]
    for user in (sam, carol):
        client.force_login(user)
        pages = "".join(client.get(path).content.decode() for path in paths).lower()
        assert [word for word in ("you took", "seconds", "pace") if word in pages] == []
        assert client.get(f"/reviews/{decided.pk}/sign-off/").status_code == 404


def test_one_leads_to_the_next_until_none_is_left(
    client: Client, sam: User, looks: list[SecondLook]
) -> None:
    client.force_login(sam)
    assert len(looks) == 3
    for look, following in zip(looks, [*looks[1:], None], strict=True):
        page = client.get(f"/second-looks/{look.pk}/").content.decode()
        assert "Agree: it may stay" in page
        answer = client.post(f"/second-looks/{look.pk}/", {"result": "agreed"})
        to = f"/second-looks/{following.pk}/" if following else "/second-looks/"
        assert answer["Location"] == to
    done = client.get(f"/second-looks/{looks[0].pk}/").content.decode()
    assert ("Agree: it may stay" in done, "by Sam Ito" in done) == (False, True)


def test_overturning_without_a_reason_is_refused_on_the_page(
    client: Client, sam: User, looks: list[SecondLook]
) -> None:
    client.force_login(sam)
    answer = client.post(f"/second-looks/{looks[0].pk}/", {"result": "overturned"})
    assert answer.status_code == 422
    assert "Say why this must not be kept" in answer.content.decode()
    looks[0].refresh_from_db()
    assert looks[0].result == "open"


def test_overturned_it_shows_on_the_row_of_the_sheet(
    client: Client, sam: User, looks: list[SecondLook]
) -> None:
    client.force_login(sam)
    client.post(
        f"/second-looks/{looks[0].pk}/", {"result": "overturned", "reason": "Left the project"}
    )
    sheet = client.get(f"/reviews/{looks[0].review_id}/").content.decode()
    assert ("Overturned" in sheet, "Left the project" in sheet) == (True, True)
    assert ReviewItem.objects.get(pk=looks[0].item_id).outcome == Outcome.REVOKED


def test_cockpit_names_how_many_wait(client: Client, sam: User, looks: list[SecondLook]) -> None:
    client.force_login(sam)
    assert "3 second looks not answered" in client.get("/cockpit/").content.decode()
    assert "3 second looks at what somebody else kept" in client.get("/reviews/").content.decode()


def test_cockpit_tells_of_the_last_hour_without_a_name(
    client: Client, alice: User, sam: User, sheet: Review
) -> None:
    with clock.set_to(sheet.campaign.due_at - timedelta(minutes=30)):
        picks = [Pick(i.pk, 1) for i in sheet.items.filter(holder_name__in=["Lena Fischer"])]
        decide(sheet, actor=acting(alice), picks=picks, choice=Choice.CERTIFY)
        client.force_login(sam)
        page = client.get("/cockpit/").content.decode()
    assert "1 sheet decided mostly in the last hour before the deadline" in page


def test_the_list_costs_the_same_at_one_and_many(
    client: Client, carol: User, looks: list[SecondLook], django_assert_num_queries: Any
) -> None:
    client.force_login(carol)
    SecondLook.objects.exclude(pk=looks[0].pk).delete()
    client.get("/second-looks/")
    with django_assert_num_queries(4):
        client.get("/second-looks/")
    for look in looks[1:]:
        look.save(force_insert=True)
    with django_assert_num_queries(4):
        page = client.get("/second-looks/").content.decode()
    assert page.count('<th scope="row">') == 3


def test_security_asks_for_a_look_from_the_list_of_reviewers(
    client: Client, sam: User, alice: User, decided: Review
) -> None:
    ReviewItem.objects.update(lane=4)
    sign_off(decided, actor=acting(alice), method="password")
    client.force_login(sam)
    reviewers = f"/campaigns/{decided.campaign_id}/reviewers/"
    address = f"{reviewers}{decided.pk}/look-again/"
    assert address in client.get(reviewers).content.decode()
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "A sample"})["Location"] == "/second-looks/"
    assert SecondLook.objects.filter(review=decided).count() == 3
