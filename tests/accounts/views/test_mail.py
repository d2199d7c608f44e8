"""Mail on a page: administrators only, and each body shown is an event."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit.models import Event
from jobs.messages import queue_message
from jobs.models import Message, MessageState
from listing.pages import SIZE

pytestmark = pytest.mark.django_db


def tell(number: int = 1) -> Message:
    return queue_message(
        key=f"invite:{number}",
        to="alice@example.com",
        subject=f"Welcome {number}",
        body="Set a password: http://127.0.0.1:8000/password/link/abc/",
        about="user:7",
    )


def _events(verb: str) -> int:
    return Event.objects.filter(body__contains=f'"{verb}"').count()


def test_mail_lists_without_bodies_and_without_event(client: Client, ada: User) -> None:
    tell()
    client.force_login(ada)
    page = client.get("/mail/").content.decode()
    assert "Welcome 1" in page
    assert "password/link/abc" not in page
    assert _events("mail.shown") == 0


def test_mail_body_shown_is_an_event(client: Client, ada: User) -> None:
    message = tell()
    client.force_login(ada)
    page = client.get(f"/mail/{message.pk}/").content.decode()
    assert '<a href="http://127.0.0.1:8000/password/link/abc/"' in page
    assert _events("mail.shown") == 1


@pytest.mark.parametrize("name", ["alice", "carol", "sam"])
def test_mail_is_not_there_for_others(
    client: Client, request: pytest.FixtureRequest, name: str
) -> None:
    message = tell()
    client.force_login(request.getfixturevalue(name))
    answers = [client.get(url).status_code for url in ("/mail/", f"/mail/{message.pk}/")]
    assert answers == [404, 404]
    assert _events("mail.shown") == 0


def test_mail_of_one_state_alone(client: Client, ada: User) -> None:
    tell(1)
    tell(2)
    Message.objects.filter(key="invite:2").update(
        state=MessageState.FAILED, error="550 5.1.1 No such mailbox here"
    )
    client.force_login(ada)
    page = client.get("/mail/?state=failed").content.decode()
    assert ("Welcome 1" in page, "Welcome 2" in page) == (False, True)
    assert "550 5.1.1 No such mailbox here" in page


def test_mail_costs_the_same_at_3_rows_and_60(client: Client, ada: User) -> None:
    client.force_login(ada)
    client.get("/mail/")  # The first request of a session notes when it began.
    counts = []
    for so_many in (3, SIZE + 10):
        for number in range(so_many):
            tell(number)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/mail/")
        counts.append((len(queries), page.content.decode().count("Welcome ")))
    assert [shown for _, shown in counts] == [3, SIZE]
    assert counts[0][0] == counts[1][0]


def test_mail_export_has_no_bodies_and_is_an_event(client: Client, ada: User) -> None:
    tell(1)
    client.force_login(ada)
    answer = client.get("/mail/?q=Welcome&export=csv")
    lines = b"".join(answer).decode().splitlines()
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["Welcome 1", "alice@example.com", "Due"]
    ]
    assert "password/link/abc" not in "".join(lines)
    assert _events("list.exported") == 1
