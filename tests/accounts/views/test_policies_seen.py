"""The policy and conflicts of duties in a browser, on every size, with axe."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.models import PolicyVersion, System, User
from jobs.runner import drain
from tests.accounts.policies import in_force
from tests.browser import axe, look, sign_in
from tests.cast import make_account, make_entitlement, make_grant, make_person, make_system

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_policy_is_drafted_counted_and_put_in_force(
    page: Page, live_server: LiveServer, sam: User, ada: User, ledger: System
) -> None:
    for days in (25, 40, 60, 100):
        used = clock.now() - timedelta(days=days)
        account = make_account(ledger, person=make_person(), last_used=used)
        make_grant(account, make_entitlement(ledger))
    in_force(ada, note="A file a week is too little for us.", stale_file=14)
    drain()
    sign_in(page, live_server, sam)
    page.goto(f"{live_server.url}/policy/")
    expect(page.locator(".menu-wide a[aria-current=page]")).to_have_text("Policy")
    look(page, "policy")
    axe(page)
    page.get_by_role("link", name="Change thresholds").click()
    look(page, "policy-form")
    axe(page)
    page.get_by_role("link", name="FedRAMP High").click()
    expect(page.get_by_label("Revoking recommended after")).to_have_value("35")
    page.get_by_label("Closer look after").fill("90")
    page.get_by_label("Why they change").fill("We sell to agencies.")
    page.get_by_role("button", name="Save and see").click()
    expect(page.get_by_label("Revoking recommended after")).to_have_attribute(
        "aria-invalid", "true"
    )
    look(page, "policy-form-wrong")
    axe(page)
    page.get_by_label("Closer look after").fill("30")
    page.get_by_role("button", name="Save and see").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    look(page, "policy-draft-waiting")
    axe(page)
    drain()
    expect(page.get_by_role("cell", name="Revoke recommended")).to_be_visible()
    look(page, "policy-draft")
    axe(page)
    page.get_by_text("All its figures").click()
    axe(page)
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("Version 3 of the policy is in force.")).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    look(page, "policy-versions")
    axe(page)
    assert PolicyVersion.objects.in_force().count() == 2


def test_a_conflict_of_duties_is_declared_and_ended(
    page: Page, live_server: LiveServer, sam: User, ledger: System
) -> None:
    enter = make_entitlement(ledger, "payments.enter", plain_words="Enter payments")
    release = make_entitlement(
        make_system("Bank"), "payments.release", plain_words="Release payments"
    )
    person = make_person("Kim Lee")
    for right in (enter, release):
        make_grant(make_account(right.system, "kim", person=person), right)
    sign_in(page, live_server, sam)
    page.goto(f"{live_server.url}/policy/conflicts/")
    look(page, "conflicts-none")
    axe(page)
    page.get_by_role("link", name="Declare the first").click()
    page.get_by_label("Name").fill("Enter and release payments")
    page.get_by_label("The one right").press_sequentially("enter")
    expect(page.locator("#rights-found option")).to_have_count(1)
    look(page, "conflict-form")
    axe(page)
    page.get_by_label("The one right").fill("Ledger: payments.enter")
    page.get_by_label("The other right").fill("Bank: payments.release")
    page.get_by_label("What one person could do").fill("Pay an invoice of their own.")
    page.get_by_role("button", name="Declare it").click()
    expect(page.get_by_text("is a conflict of duties now.")).to_be_visible()
    look(page, "conflicts")
    axe(page)
    page.get_by_role("link", name="Enter and release payments").click()
    expect(page.get_by_role("link", name="Kim Lee")).to_be_visible()
    look(page, "conflict")
    axe(page)
    page.get_by_role("link", name="End it").click()
    axe(page)
    page.get_by_label("Why both").fill("They are split now.")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("is no conflict of duties any more.")).to_be_visible()
