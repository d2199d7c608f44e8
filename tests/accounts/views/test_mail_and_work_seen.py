"""Mail and background work as people see them: wide and narrow, light and dark, by axe."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

import clock
from accounts.models import User
from jobs.messages import queue_message
from jobs.models import Heartbeat, Job, JobState, Message, MessageState
from tests.browser import axe, look, sign_in


@pytest.fixture
def mail_of_all_kinds() -> list[Message]:
    texts = {
        MessageState.KEPT: ("alice.okafor@example.com", "31 items wait for your review"),
        MessageState.SENT: ("bob.larsen@example.com", "Your review is due today"),
        MessageState.FAILED: ("someone.who.left.long.ago@example.com", "Set your password"),
    }
    written = []
    for state, (to, subject) in texts.items():
        message = queue_message(
            key=subject,
            to=to,
            subject=subject,
            about="campaign:3",
            body="Begin here:\nhttp://127.0.0.1:8000/reviews/\n\nIt takes about 6 minutes.",
        )
        Message.objects.filter(pk=message.pk).update(state=state)
        written.append(message)
    Message.objects.filter(state=MessageState.FAILED).update(error="550 5.1.1 No such mailbox")
    Message.objects.filter(state=MessageState.SENT).update(sent_at=clock.now())
    return written


@pytest.fixture
def work_of_all_kinds() -> None:
    now = clock.now()
    Heartbeat.objects.create(name="audit.sealing.tick", at=None, errors=3, error="No key is there.")
    for number, state in enumerate(JobState.values):
        Job.objects.create(
            kind="accounts.import_people",
            key=f"accounts.import_people:{number}",
            state=state,
            due_at=now + timedelta(minutes=number),
            created_at=now,
            finished_at=now if state in {JobState.DONE, JobState.FAILED} else None,
            attempts=5 if state == JobState.FAILED else 0,
            error="ValueError: Row 7 has no mail." if state == JobState.FAILED else "",
            progress_done=120_000,
            progress_total=200_000,
        )


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_mail_and_work_are_seen_and_axe_finds_nothing(
    page: Page,
    live_server: LiveServer,
    ada: User,
    mail_of_all_kinds: list[Message],
    work_of_all_kinds: None,
) -> None:
    sign_in(page, live_server, ada)
    for name, address in {
        "mail": "/mail/",
        "mail-message": f"/mail/{mail_of_all_kinds[0].pk}/",
        "work": "/work/",
    }.items():
        page.goto(live_server.url + address)
        look(page, name)
        axe(page)
    page.get_by_role("button", name="Import people").click()
    assert page.locator("#messages").inner_text() == "Import people is tried again."
