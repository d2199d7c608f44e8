"""Delegating and handing on by the pages: one row, some, the whole sheet, out of office."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import reviews.views
from accounts.models import Account, Person, System, User
from audit.models import Event
from reviews.enums import Choice
from reviews.models import Campaign, Decision, Delegation, Review, ReviewItem
from tests.cast import person_of
from tests.reviews.views.conftest import of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = pytest.mark.django_db

WEEK = {
    "to": "bob.larsen@example.com",
    "starts": "2026-10-05",
    "ends": "2026-10-12",
    "reason": "On leave",
}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, path: str, **given: Any) -> Any:
    return signed_in(user).post(path, given, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def delegated(sheet: Review, alice: User, bob: User) -> Delegation:
    """Lena's row is Bob's to decide."""
    post(alice, f"/reviews/{sheet.pk}/delegate/", item=of(sheet.campaign, "Lena").pk, **WEEK)
    return Delegation.objects.get()


# Delegating


def test_row_leads_to_delegating_it(alice: User, sheet: Review) -> None:
    lena = of(sheet.campaign, "Lena").pk
    page = signed_in(alice).get(f"/reviews/{sheet.pk}/").content.decode()
    link = f'data-key="d" hx-boost="false" href="/reviews/{sheet.pk}/delegate/?item={lena}"'
    assert link in page
    form = signed_in(alice).get(f"/reviews/{sheet.pk}/delegate/?item={lena}").content.decode()
    assert "Delegate 1 item" in form
    assert "Lena Fischer" in form
    assert 'value="2026-10-19"' in form


def test_one_is_delegated(alice: User, bob: User, sheet: Review) -> None:
    lena = of(sheet.campaign, "Lena")
    answer = post(alice, f"/reviews/{sheet.pk}/delegate/", item=lena.pk, **WEEK)
    assert said(answer) == ["Bob Larsen decides on 1 item from 5 October to 12 October 2026."]
    made = Delegation.objects.get()
    assert (made.whole, list(made.items.all()), made.to_person) == (False, [lena], bob.person)
    assert "Others decide for you" in answer.content.decode()


def test_picked_rows_are_delegated_after_the_form(alice: User, bob: User, sheet: Review) -> None:
    picks = [f"{of(sheet.campaign, name).pk}:1" for name in ("Lena", "Mei")]
    form = post(alice, f"/reviews/{sheet.pk}/delegate/", pick=picks).content.decode()
    assert (form.count('name="item"'), Delegation.objects.count()) == (2, 0)
    items = [pick.partition(":")[0] for pick in picks]
    answer = post(alice, f"/reviews/{sheet.pk}/delegate/", item=items, **WEEK)
    assert said(answer) == ["Bob Larsen decides on 2 items from 5 October to 12 October 2026."]


def test_whole_sheet_is_delegated(alice: User, bob: User, sheet: Review) -> None:
    Account.objects.filter(username="lena").update(person=bob.person)
    answer = post(alice, f"/reviews/{sheet.pk}/delegate/", whole="on", **WEEK)
    assert said(answer) == [
        "Bob Larsen decides on 3 items from 5 October to 12 October 2026.",
        "Lena Fischer, Read the books in Ledger stays with you: Bob Larsen may not judge it.",
    ]


def test_nothing_picked_is_not_the_whole_sheet(alice: User, bob: User, sheet: Review) -> None:
    answer = post(alice, f"/reviews/{sheet.pk}/delegate/", **WEEK)
    assert said(answer) == ["Pick the rows first, then delegate them."]
    assert Delegation.objects.count() == 0


def test_what_is_refused_is_said_in_the_form_and_recorded(
    alice: User, bob: User, sheet: Review
) -> None:
    Account.objects.filter(username="lena").update(person=bob.person)
    path = f"/reviews/{sheet.pk}/delegate/"
    answer = post(alice, path, item=of(sheet.campaign, "Lena").pk, **WEEK)
    assert answer.status_code == 422
    assert "Bob Larsen may judge none of it" in answer.content.decode()
    assert Event.objects.get(verb="trail.refused").actor == alice.ref
    late = post(alice, path, whole="on", **{**WEEK, "ends": "2027-10-12"})
    assert "At most 90 days" in late.content.decode()
    assert Event.objects.filter(verb="trail.refused").count() == 1


@pytest.mark.parametrize("path", ["", "?item=999999"])
def test_delegating_is_not_there_for_others_or_for_absent_items(
    path: str, alice: User, bob: User, sam: User, sheet: Review
) -> None:
    statuses = [
        signed_in(user).get(f"/reviews/{sheet.pk}/delegate/{path}").status_code
        for user in (alice, bob, sam)
    ]
    assert statuses == [404 if path else 200, 404, 404]


def test_delegate_passes_nothing_on_by_the_page(bob: User, delegated: Delegation) -> None:
    path = f"/reviews/{delegated.review_id}/delegate/"
    assert signed_in(bob).get(path).status_code == 404
    assert post(bob, path, whole="on", **WEEK).status_code == 404


# The delegate's view


def test_delegate_sees_the_delegated_row_and_its_counts_only(
    bob: User, delegated: Delegation, sheet: Review
) -> None:
    page = signed_in(bob).get(f"/reviews/{sheet.pk}/").content.decode()
    assert "You decide for <b>Alice Okafor</b> until 12 October" in page
    assert ("Lena Fischer" in page, "Mei Tanaka" in page, "Tom Eriksen" in page) == (
        True,
        False,
        False,
    )
    assert "0 of 1 decided" in page
    assert ("Sign off" in page, "Not my person" in page, "Delegate" in page) == (
        False,
        False,
        False,
    )


def test_delegate_finds_the_sheet_apart_on_the_first_page(
    bob: User, delegated: Delegation, sheet: Review
) -> None:
    page = signed_in(bob).get("/reviews/").content.decode()
    assert f"For Alice Okafor: {sheet.campaign.title}" in page
    assert "0 of 1 decided" in page


def test_delegate_gets_nothing_else_of_the_sheet(
    bob: User, delegated: Delegation, sheet: Review
) -> None:
    mei, client = of(sheet.campaign, "Mei").pk, signed_in(bob)
    given = {"choice": "certify", "version": 1}
    statuses = {
        part: client.get(f"/reviews/{sheet.pk}/items/{mei}/{part}").status_code
        for part in ("", "ask/?choice=revoke", "right/", "hand-on/")
    } | {
        part: client.post(f"/reviews/{sheet.pk}/items/{mei}/{part}", given).status_code
        for part in ("decide/", "undo/")
    }
    statuses |= {
        "timeline": client.get(f"/items/{mei}/").status_code,
        "sign-off": client.get(f"/reviews/{sheet.pk}/sign-off/").status_code,
    }
    assert set(statuses.values()) == {404}
    assert Decision.objects.count() == 0


def test_delegate_opens_the_panel_and_the_timeline_of_the_delegated(
    bob: User, delegated: Delegation, sheet: Review
) -> None:
    lena, client = of(sheet.campaign, "Lena").pk, signed_in(bob)
    assert client.get(f"/reviews/{sheet.pk}/items/{lena}/").status_code == 200
    assert client.get(f"/items/{lena}/").status_code == 200


@pytest.mark.parametrize("script", [False, True])
def test_delegate_decides_and_the_row_names_both(
    script: bool, alice: User, bob: User, delegated: Delegation, sheet: Review
) -> None:
    lena, client = of(sheet.campaign, "Lena").pk, signed_in(bob)
    answer = client.post(
        f"/reviews/{sheet.pk}/items/{lena}/decide/",
        {"choice": "certify", "version": 1},
        headers={"HX-Request": "true"} if script else {},
    )
    assert answer.status_code == (200 if script else 302)
    page = signed_in(alice).get(f"/reviews/{sheet.pk}/").content.decode()
    assert "Bob Larsen decided this for Alice Okafor" in page
    assert "Decided for you: 1 by Bob Larsen" in (
        signed_in(alice).get(f"/reviews/{sheet.pk}/sign-off/").content.decode()
    )
    timeline = signed_in(alice).get(f"/items/{lena}/").content.decode()
    assert "Bob Larsen for Alice Okafor" in timeline


def test_delegate_who_reads_all_sees_the_delegated_rows(
    alice: User, sam: User, sheet: Review
) -> None:
    given = {**WEEK, "to": "sam.ito@example.com"}
    post(alice, f"/reviews/{sheet.pk}/delegate/", item=of(sheet.campaign, "Lena").pk, **given)
    page = signed_in(sam).get(f"/reviews/{sheet.pk}/").content.decode()
    assert ("Lena Fischer" in page, "Mei Tanaka" in page) == (True, False)


def test_delegate_is_not_told_what_the_second_person_chose_before_deciding(
    alice: User, bob: User, owner: User, sheet: Review, campaign: Campaign
) -> None:
    tom = of(campaign, "Tom")
    post(alice, f"/reviews/{sheet.pk}/delegate/", item=tom.pk, **WEEK)
    path = f"/reviews/{sheet_of(campaign, owner).pk}/items/{tom.pk}/decide/"
    post(owner, path, choice="revoke", version=1, reason="Changed duties")
    page = signed_in(bob).get(f"/items/{tom.pk}/").content.decode()
    assert "Changed duties" not in page
    post(
        bob,
        f"/reviews/{sheet.pk}/items/{tom.pk}/decide/",
        choice="certify",
        version=1,
        reason="On call",
    )
    assert "Changed duties" in signed_in(bob).get(f"/items/{tom.pk}/").content.decode()


def test_sheet_of_a_delegate_costs_the_same_queries_at_any_length(
    sam: User, alice: User, bob: User, ledger: System, noon: object
) -> None:
    read = right(ledger, "read")
    for number in range(45):
        holding(ledger, report_of(alice, f"Person {number}"), read, username=f"p{number}")
    sheet = sheet_of(open_campaign(sam), alice)
    items = list(ReviewItem.objects.order_by("pk").values_list("pk", flat=True))
    counts = []
    for some in (items[:3], items[3:]):
        post(alice, f"/reviews/{sheet.pk}/delegate/", item=some, **WEEK)
        with CaptureQueriesContext(connection) as captured:
            assert signed_in(bob).get(f"/reviews/{sheet.pk}/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_first_page_costs_the_same_queries_for_one_sheet_and_for_several(
    sam: User, alice: User, bob: User, carol: User, ledger: System, noon: object
) -> None:
    read, counts = right(ledger, "read"), []
    for number, manager in enumerate((alice, carol, sam)):
        name = f"Person {number}"
        holding(ledger, report_of(manager, name), read, username=f"p{number}")
    campaign = open_campaign(sam)
    for managers in ((alice,), (carol, sam)):
        for manager in managers:
            path = f"/reviews/{sheet_of(campaign, manager).pk}/delegate/"
            post(manager, path, whole="on", **WEEK)
        client = signed_in(bob)
        with CaptureQueriesContext(connection) as captured:
            shown = client.get("/reviews/")
        counts.append((shown.content.decode().count("0 of 1 decided</b>"), len(captured)))
    assert counts == [(1, counts[0][1]), (3, counts[0][1])]


def test_counts_of_a_part_and_of_a_whole_sheet_do_not_mix(
    alice: User, bob: User, owner: User, sheet: Review, campaign: Campaign
) -> None:
    """Bob decides on Lena's item for Alice, and on Olga's whole sheet, where Tom's lies too."""
    second = sheet_of(campaign, owner)
    post(owner, f"/reviews/{second.pk}/delegate/", whole="on", **WEEK)
    post(alice, f"/reviews/{sheet.pk}/delegate/", item=of(campaign, "Lena").pk, **WEEK)
    page = signed_in(bob).get(f"/reviews/{sheet.pk}/").content.decode()
    assert ("0 of 1 decided" in page, "Tom Eriksen" in page) == (True, False)


def test_delegate_does_not_get_the_receipt_of_the_whole_sheet(
    alice: User, bob: User, delegated: Delegation, sheet: Review
) -> None:
    Review.objects.filter(pk=sheet.pk).update(state="signed", signed_at=sheet.opened_at)
    statuses = [
        signed_in(user).get(f"/reviews/{sheet.pk}/receipt/").status_code for user in (alice, bob)
    ]
    assert statuses == [200, 404]


def test_what_is_not_on_the_sheet_any_more_is_said(alice: User, bob: User, sheet: Review) -> None:
    picks = [f"{of(sheet.campaign, 'Lena').pk}:1", "999999:1"]
    answer = post(alice, f"/reviews/{sheet.pk}/delegate/", pick=picks)
    assert said(answer) == ["Not on this sheet any more: 1 of what you picked."]


def test_no_view_reads_a_sheet_past_what_was_delegated() -> None:
    """``items_of`` is the whole sheet; what somebody sees of it is ``items_on``."""
    views = Path(reviews.views.__file__).parent.glob("*.py")
    assert [view.name for view in views if re.search(r"\bitems_of\b", view.read_text())] == []


# Ending it


@pytest.mark.parametrize("ends", ["alice", "bob"])
def test_either_of_the_two_ends_it(
    ends: str, alice: User, bob: User, delegated: Delegation, sheet: Review
) -> None:
    user = {"alice": alice, "bob": bob}[ends]
    answer = post(user, f"/reviews/delegations/{delegated.pk}/end/", **{"from": "sheet"})
    assert said(answer) == ["Ended: Bob Larsen for Alice Okafor. What has been decided stands."]
    assert signed_in(bob).get(f"/reviews/{sheet.pk}/").status_code == 404
    again = post(user, f"/reviews/delegations/{delegated.pk}/end/")
    assert said(again) == ["This delegation has ended already."]


def test_nobody_else_ends_it(sam: User, owner: User, delegated: Delegation) -> None:
    path = f"/reviews/delegations/{delegated.pk}/end/"
    assert [signed_in(user).post(path).status_code for user in (sam, owner)] == [404, 404]
    delegated.refresh_from_db()
    assert delegated.ended_at is None


# Out of office


def test_out_of_office_is_set_and_listed_for_both(alice: User, bob: User, sheet: Review) -> None:
    answer = post(alice, "/reviews/delegations/", **WEEK)
    assert said(answer) == ["Bob Larsen decides for you from 5 October to 12 October 2026."]
    assert "all sheets" in answer.content.decode()
    theirs = signed_in(bob).get("/reviews/delegations/").content.decode()
    assert "For Alice Okafor" in theirs
    assert "0 of 4 decided" in signed_in(bob).get(f"/reviews/{sheet.pk}/").content.decode()


def test_out_of_office_says_what_is_wrong(alice: User, bob: User) -> None:
    answer = post(alice, "/reviews/delegations/", **{**WEEK, "to": "alice.okafor@example.com"})
    assert (answer.status_code, "somebody else than yourself" in answer.content.decode()) == (
        422,
        True,
    )


def test_profile_leads_to_it(alice: User) -> None:
    assert 'href="/reviews/delegations/"' in signed_in(alice).get("/profile/").content.decode()


# Not my people


def test_not_mine_proposes_and_one_press_hands_it_on(alice: User, bob: User, sheet: Review) -> None:
    Person.objects.filter(name="Lena Fischer").update(manager=person_of(bob))
    lena = of(sheet.campaign, "Lena").pk
    path = f"/reviews/{sheet.pk}/items/{lena}/hand-on/"
    form = signed_in(alice).get(path).content.decode()
    assert f'name="proposed" value="{bob.person_id}"' in form
    assert "Manages Lena Fischer by today&#x27;s roster" in form
    answer = post(alice, path, proposed=bob.person_id, to="", reason="")
    assert said(answer) == ["Lena Fischer, Read the books in Ledger is now Bob Larsen's to judge."]
    item = ReviewItem.objects.get(pk=lena)
    assert item.routing_note == "Manages Lena Fischer by today's roster"


def test_a_reason_of_ones_own_goes_with_the_proposal(alice: User, bob: User, sheet: Review) -> None:
    Person.objects.filter(name="Lena Fischer").update(manager=person_of(bob))
    lena = of(sheet.campaign, "Lena").pk
    path = f"/reviews/{sheet.pk}/items/{lena}/hand-on/"
    post(alice, path, proposed=bob.person_id, to="nobody", reason="Moved in September")
    assert ReviewItem.objects.get(pk=lena).routing_note == "Moved in September"


def test_who_is_not_proposed_cannot_be_pressed(
    alice: User, owner: User, sam: User, sheet: Review
) -> None:
    tom = of(sheet.campaign, "Tom").pk
    path = f"/reviews/{sheet.pk}/items/{tom}/hand-on/"
    answer = post(alice, path, proposed=owner.person_id, to="", reason="")
    assert "This field is required" in answer.content.decode()
    assert ReviewItem.objects.get(pk=tom).review == sheet


def test_picked_rows_are_handed_on_with_a_result_each(
    alice: User, bob: User, sheet: Review
) -> None:
    lena, mei = (of(sheet.campaign, name).pk for name in ("Lena", "Mei"))
    Account.objects.filter(username="mei").update(person=bob.person)
    path = f"/reviews/{sheet.pk}/hand-on/"
    form = post(alice, path, pick=[f"{lena}:1", f"{mei}:1"]).content.decode()
    assert "Hand on 2 items" in form
    answer = post(alice, path, item=[lena, mei], to="bob.larsen@example.com", reason="Bob's team")
    assert said(answer) == [
        "1 item is now Bob Larsen's to judge.",
        "Mei Tanaka, Read the books in Ledger stayed. Bob Larsen would judge their own access.",
    ]


def test_a_delegate_hands_nothing_on(bob: User, sam: User, delegated: Delegation) -> None:
    lena = of(delegated.review.campaign, "Lena") if delegated.review else None
    assert lena is not None
    path = f"/reviews/{delegated.review_id}/hand-on/"
    answer = post(bob, path, item=lena.pk, to="sam.ito@example.com", reason="x")
    assert "Only its reviewer or the security team hands an item on" in answer.content.decode()
    lena.refresh_from_db()
    assert lena.review_id == delegated.review_id


def test_nothing_picked_is_said(alice: User, sheet: Review) -> None:
    answer = post(alice, f"/reviews/{sheet.pk}/hand-on/", to="x", reason="y")
    assert said(answer) == ["Pick the rows first, then hand them on."]


def test_bulk_by_a_delegate_decides_the_delegated(alice: User, bob: User, sheet: Review) -> None:
    lena, mei = (of(sheet.campaign, name).pk for name in ("Lena", "Mei"))
    post(alice, f"/reviews/{sheet.pk}/delegate/", item=lena, **WEEK)
    given = {"choice": "certify", "confirmed": "on"}
    answer = post(bob, f"/reviews/{sheet.pk}/bulk/", pick=[f"{lena}:1", f"{mei}:1"], **given)
    assert "has not delegated this to you" in said(answer)[0]
    post(bob, f"/reviews/{sheet.pk}/bulk/", pick=[f"{lena}:1"], **given)
    decision = Decision.objects.get()
    assert (decision.item_id, decision.choice, decision.person) == (
        lena,
        Choice.CERTIFY,
        bob.person,
    )
