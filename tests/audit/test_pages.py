"""The pages of the explorer as a browser shows them: seen at every size, and by axe."""

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from audit import sealing
from audit.models import Event
from audit.trail import EventRow, record_many
from audit.verbs import Verb
from tests.browser import axe, look, sign_in
from tests.cast import acting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def event(sam: User) -> Event:
    """The first of some events, sealed and signed."""
    text = "Needed for the nightly settlement until the new ledger takes over"
    with transaction.atomic():
        rows = [EventRow("item:9", {"choice": "certify"}, {"reason": text}) for _ in range(12)]
        record_many(Verb.DECISION_MADE, actor=acting(sam), rows=rows)
    sealing.publish_checkpoint()
    sealing.publish_checkpoint()
    return Event.objects.earliest("id")


@pytest.fixture
def signed_in(page: Page, live_server: LiveServer, carol: User) -> Page:
    """Carol's browser, by a session of hers."""
    sign_in(page, live_server, carol)
    return page


@pytest.mark.parametrize("name", ["events", "event", "checkpoints"])
def test_page_is_seen_at_every_size(
    name: str, signed_in: Page, live_server: LiveServer, event: Event
) -> None:
    paths = {
        "events": "/trail/?target=item:9",
        "event": f"/trail/events/{event.id}/",
        "checkpoints": "/trail/checkpoints/",
    }
    signed_in.goto(live_server.url + paths[name])
    look(signed_in, f"trail-{name}")
    axe(signed_in)


def test_events_are_filtered_as_one_types(
    signed_in: Page, live_server: LiveServer, event: Event
) -> None:
    signed_in.goto(live_server.url + "/trail/")
    signed_in.get_by_label("Search").press_sequentially(str(event.id))
    expect(signed_in.locator("tbody tr")).to_have_count(1)
    expect(signed_in).to_have_url(f"{live_server.url}/trail/?q={event.id}")
