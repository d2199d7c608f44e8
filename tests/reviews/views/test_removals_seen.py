"""The queue, one removal, an order and a timeline as people see them."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.enums import Severity
from accounts.models import Finding, Grant, System, User
from reviews.actions.following import follow_imports
from reviews.actions.revoking import carry_out
from reviews.actions.timing import CLOCK
from reviews.models import Campaign
from tests.browser import axe, look, sign_in
from tests.cast import NOON, acting, make_account, make_run
from tests.reviews.views.conftest import of
from tests.reviews.views.test_removals import revoke

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(campaign: Campaign, alice: User, owner: User, ledger: System) -> Campaign:
    """Tom's removal has failed, Lena's is verified, Mei's is to do, and all are long overdue."""
    tom, lena, _ = revoke(campaign, alice, "Tom", "Lena", "Mei")
    with clock.set_to(NOON + timedelta(days=1)):
        carry_out(tom, actor=acting(owner), note="Taken out of ledger-admins")
        carry_out(lena, actor=acting(owner), note="INC-4711")
    Grant.objects.filter(account=lena.account).update(gone_at=NOON)
    with clock.set_to(NOON + timedelta(days=2)):
        make_run(ledger, read_at=clock.now(), finished_at=clock.now(), proves_until=clock.now())
        follow_imports(actor=CLOCK)
    return campaign


def test_removals_are_seen_and_done_together(
    page: Page, live_server: LiveServer, owner: User, world: Campaign
) -> None:
    sign_in(page, live_server, owner)
    page.goto(f"{live_server.url}/removals/")
    look(page, "removals")
    axe(page)
    page.get_by_role("link", name="tom", exact=True).click()
    expect(page.get_by_text("An import found it still there")).to_be_visible()
    look(page, "removal")
    axe(page)
    page.goto(f"{live_server.url}/removals/")
    page.get_by_label("Tick tom: admin in Ledger").check()
    page.get_by_label("Tick mei: Read the books in Ledger").check()
    page.get_by_role("button", name="Done together...").click()
    look(page, "removals-together")
    axe(page)
    page.get_by_label("How was it removed?").fill("Out of every group")
    page.get_by_role("button", name="Note 2 as done").click()
    expect(page.get_by_text("Noted as done: 2 removals.")).to_be_visible()


def test_order_is_seen(page: Page, live_server: LiveServer, owner: User, ledger: System) -> None:
    finding = Finding.objects.create(
        rule="S17",
        severity=Severity.VIOLATION,
        system=ledger,
        account=make_account(ledger, "ghost"),
        sentence="It is linked to no person and owned by no team.",
        opened_at=NOON,
        due_at=NOON,
    )
    sign_in(page, live_server, owner)
    page.goto(f"{live_server.url}/findings/{finding.pk}/remove/")
    look(page, "removal-order")
    axe(page)


def test_timeline_is_seen(
    page: Page, live_server: LiveServer, carol: User, world: Campaign
) -> None:
    sign_in(page, live_server, carol)
    page.goto(f"{live_server.url}/items/{of(world, 'Tom').pk}/")
    look(page, "timeline")
    axe(page)
