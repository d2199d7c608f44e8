"""Campaign pages: plan, preview, leave, launch, run, close; and who may what."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import System, User
from audit.models import Event
from jobs.models import Job
from jobs.runner import drain
from reviews.actions.closing import close_campaign
from reviews.actions.launching import Acknowledgement
from reviews.actions.planning import make_preview, plan_campaign
from reviews.models import Campaign, ReviewItem
from tests.accounts.policies import in_force
from tests.browser import axe, look, sign_in
from tests.cast import PASSWORD, acting, make_run, make_system, person_of
from tests.reviews.world import holding, open_campaign, report_of, right, sheet_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def access(alice: User, ledger: System) -> None:
    read = right(ledger, "read")
    for name in ("Tom Eriksen", "Lena Fischer"):
        holding(ledger, report_of(alice, name), read)


@pytest.fixture
def campaign(sam: User, access: None) -> Campaign:
    return open_campaign(sam)


PLAN = {"quarter": "2026-Q4", "title": "Autumn", "due": "2026-10-19", "zone": "Europe/London"}


def plan(client: Client, sam: User, *systems: System, **more: str) -> Campaign:
    given = {**PLAN, "fallback": person_of(sam).mail, **more}
    answer = client.post(
        "/campaigns/new/", {**given, **{f"in_{system.pk}": "on" for system in systems}}
    )
    assert answer.status_code == 302, answer.content.decode()
    drain()
    return Campaign.objects.get()


def test_plan_by_the_page_is_previewed_and_launched(
    sam: User, ledger: System, access: None
) -> None:
    client = signed_in(sam)
    campaign = plan(client, sam, ledger)
    page = client.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert (campaign.preview["items"], "Nothing stands in the way." in page) == (2, True)
    client.post(f"/campaigns/{campaign.pk}/launch/")
    client.post(f"/campaigns/{campaign.pk}/launch/")
    drain()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.items_count, ReviewItem.objects.count()) == ("open", 2, 2)
    assert Event.objects.filter(verb="trail.checkpointed").count() >= 1
    assert Event.objects.get(verb="campaign.launched").actor == sam.ref


def test_plan_that_waits_is_shown_anew_when_the_work_is_over(
    sam: User, ledger: System, access: None
) -> None:
    client = signed_in(sam)
    planned = plan(client, sam, ledger)
    here = f"/campaigns/{planned.pk}/"
    asks = {"HX-Request": "true"}
    assert client.get(here, headers=asks).headers["HX-Refresh"] == "true"
    client.post(here + "launch/")
    assert "Launching" in client.get(here, headers=asks).content.decode()
    drain()
    assert client.get(here, headers=asks).headers["HX-Refresh"] == "true"


def test_plan_says_which_policy_judges_it_and_that_a_newer_one_came(
    sam: User, ledger: System, access: None
) -> None:
    client = signed_in(sam)
    at = f"/campaigns/{plan(client, sam, ledger).pk}/"
    page = client.get(at).content.decode()
    assert ("version 1 of the policy</a>" in page, "has come into force" in page) == (True, False)
    in_force(sam, inactive_notice=20)
    page = client.get(at).content.decode()
    assert "Version 2 of the policy has come into force since this preview." in page
    make_preview(Campaign.objects.get())
    page = client.get(at).content.decode()
    assert ("version 2 of the policy</a>" in page, "has come into force" in page) == (True, False)


def test_plan_that_leaves_a_system_out_without_a_reason_is_refused(
    sam: User, ledger: System, access: None
) -> None:
    answer = signed_in(sam).post("/campaigns/new/", {**PLAN, "fallback": person_of(sam).mail})
    assert (answer.status_code, Campaign.objects.count()) == (422, 0)
    assert "Say why Ledger is left out." in answer.content.decode()


def test_closed_gate_needs_another_persons_leave(
    sam: User, ada: User, ledger: System, access: None
) -> None:
    payroll = make_system("Payroll")
    by_sam, by_ada = signed_in(sam), signed_in(ada)
    campaign = plan(by_sam, sam, ledger, payroll)
    here = f"/campaigns/{campaign.pk}/"
    by_sam.post(here + "launch/")
    drain()
    campaign.refresh_from_db()
    assert campaign.state == "planned"
    by_sam.post(here + "leave/", {"reason": "Payroll follows in November"})
    assert by_sam.post(here + "leave/given/", {"password": PASSWORD}).status_code == 302
    campaign.refresh_from_db()
    assert campaign.acknowledged_by_ref == ""
    assert by_ada.post(here + "leave/given/", {"password": "wrong"}).status_code == 422
    by_ada.post(here + "leave/given/", {"password": PASSWORD})
    by_sam.post(here + "launch/")
    drain()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.acknowledged_by_ref) == ("open", ada.ref)


def test_close_with_gaps_by_the_page_takes_two_people(
    campaign: Campaign, sam: User, ada: User
) -> None:
    here = f"/campaigns/{campaign.pk}/close/"
    signed_in(sam).post(here, {"password": PASSWORD, "reason": "Alice is ill"})
    signed_in(sam).post(here, {"password": PASSWORD, "reason": "Alice is ill"})
    campaign.refresh_from_db()
    assert campaign.state == "open"
    signed_in(ada).post(here, {"password": PASSWORD})
    campaign.refresh_from_db()
    assert (campaign.state, campaign.gaps_approved_by_ref, campaign.totals["not_reviewed"]) == (
        "closed",
        ada.ref,
        2,
    )


def test_closed_campaign_shows_how_it_ended(campaign: Campaign, sam: User, ada: User) -> None:
    leave = Acknowledgement("Alice is ill", ada)
    close_campaign(campaign, actor=acting(sam), with_gaps=leave)
    page = signed_in(sam).get(f"/campaigns/{campaign.pk}/").content.decode()
    assert "2 items are not reviewed." in page
    assert "Alice is ill" in page


def test_close_with_a_wrong_password_is_refused_and_noted(campaign: Campaign, sam: User) -> None:
    answer = signed_in(sam).post(
        f"/campaigns/{campaign.pk}/close/", {"password": "no", "reason": "x"}
    )
    campaign.refresh_from_db()
    assert (answer.status_code, campaign.gaps_asked_by_ref) == (422, "")
    assert Event.objects.filter(verb="trail.refused").count() == 1


def test_hand_over_moves_a_sheet_but_not_ones_own_access(
    campaign: Campaign, sam: User, alice: User
) -> None:
    tom = ReviewItem.objects.get(holder_name="Tom Eriksen").holder
    assert tom is not None
    review = sheet_of(campaign, alice)
    signed_in(sam).post(
        f"/campaigns/{campaign.pk}/reviewers/{review.pk}/hand-over/",
        {"to": tom.mail, "reason": "Alice is away"},
    )
    holders = dict(ReviewItem.objects.values_list("holder_name", "review__reviewer_name"))
    assert holders == {"Tom Eriksen": "Alice Okafor", "Lena Fischer": "Tom Eriksen"}


def test_remind_twice_a_day_sends_one_message_each(campaign: Campaign, sam: User) -> None:
    client = signed_in(sam)
    for _ in range(2):
        client.post(f"/campaigns/{campaign.pk}/remind/")
    assert Event.objects.filter(verb="campaign.reminded").count() == 2


def test_extend_needs_a_reason(campaign: Campaign, sam: User) -> None:
    client, here = signed_in(sam), f"/campaigns/{campaign.pk}/extend/"
    assert client.post(here, {"due": "2026-10-30", "reason": ""}).status_code == 422
    client.post(here, {"due": "2026-10-30", "reason": "Half-term"})
    campaign.refresh_from_db()
    assert campaign.due_at.date().isoformat() == "2026-10-30"


@pytest.mark.parametrize("path", ["", "items/", "reviewers/", "exclusions/"])
def test_lists_cost_the_same_queries_at_any_length(
    path: str,
    campaign: Campaign,
    sam: User,
    alice: User,
    ledger: System,
) -> None:
    client = signed_in(sam)
    here = f"/campaigns/{campaign.pk}/{path}"
    client.get(here)  # The first request of a session notes when it began.
    few = _queries(client, here)
    rights = right(ledger, "write")
    for number in range(60):
        holding(ledger, report_of(alice, f"Person {number}"), rights, username=f"p{number}")
    make_run(ledger)
    Campaign.objects.update(state="closed")
    larger = open_campaign(sam, quarter="2027-Q1")
    assert _queries(client, f"/campaigns/{larger.pk}/{path}") == few


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_auditor_reads_campaigns_and_changes_nothing(campaign: Campaign, carol: User) -> None:
    client = signed_in(carol)
    assert client.get(f"/campaigns/{campaign.pk}/").status_code == 200
    assert client.post(f"/campaigns/{campaign.pk}/remind/").status_code == 404
    assert client.get("/cockpit/").status_code == 404
    assert client.get("/campaigns/new/").status_code == 404


def test_reviewer_sees_no_campaign_page(campaign: Campaign, alice: User) -> None:
    client = signed_in(alice)
    assert client.get(f"/campaigns/{campaign.pk}/").status_code == 404
    assert client.get("/campaigns/").status_code == 404
    assert client.get("/cockpit/").status_code == 404


def test_cockpit_of_an_empty_start_leads_to_the_first_import(sam: User) -> None:
    page = signed_in(sam).get("/cockpit/").content.decode()
    assert page.count("data-next-step") == 1
    assert 'data-next-step href="/imports/people/"' in page


def test_cockpit_says_who_cannot_review_any_more(
    campaign: Campaign, sam: User, alice: User
) -> None:
    person_of(alice).status = "on_leave"
    person_of(alice).save()
    page = signed_in(sam).get("/cockpit/").content.decode()
    assert "Alice Okafor cannot review any more, 2 items without a reviewer" in page


def test_dropped_plan_is_gone_and_on_record(sam: User, ledger: System, access: None) -> None:
    planned = plan_campaign(actor=acting(sam), quarter="2026-Q4")
    signed_in(sam).post(f"/campaigns/{planned.pk}/discard/")
    assert Campaign.objects.count() == 0
    assert Event.objects.filter(verb="campaign.discarded").count() == 1
    assert Job.objects.filter(state="failed").count() == 0


@pytest.mark.browser
def test_cockpit_and_plan_look_right_at_every_size(
    campaign: Campaign, sam: User, page: Page, live_server: LiveServer
) -> None:
    sign_in(page, live_server, sam)
    planned = plan_campaign(actor=acting(sam), quarter="2027-Q1")
    make_preview(planned)
    for name, path in (
        ("cockpit", "/cockpit/"),
        ("campaigns", "/campaigns/"),
        ("plan", "/campaigns/new/"),
        ("planned", f"/campaigns/{planned.pk}/"),
        ("items", f"/campaigns/{campaign.pk}/items/"),
        ("reviewers", f"/campaigns/{campaign.pk}/reviewers/"),
        ("close", f"/campaigns/{campaign.pk}/close/"),
        ("evidence", "/evidence/"),
    ):
        page.goto(live_server.url + path)
        look(page, name)
        axe(page)
