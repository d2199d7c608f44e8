"""A page of a sheet under eight readers, and a decision: the 95th of a hundred, as people wait.

The product's own web server answers on loopback, with its two processes of four threads. Beside
the page stands a bare view: the same queries behind the same middleware, and nothing made of them.
"""

import http.client
import json
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.actions.users import invitation_link
from accounts.models import Person, User
from audit.actors import Actor
from bench import company
from bench.launching import campaign
from portx_access.places import BASE_DIR
from reviews.actions.rerouting import hand_over_sheet
from reviews.models import Review
from reviews.queries.sheets import items_of
from reviews.views import sheets

ITEMS_ON_A_SHEET = 500
READERS = 8
PAGES_A_READER = 40
DECISIONS = 200
PORT = 8911
QUERIES = "queries.json"


def fill_a_sheet(**_: Any) -> None:
    """Hand one reviewer the sheets of others until 500 items lie on theirs."""
    company.command("collectstatic", "--noinput", "--verbosity=0")
    open_sheets = list(Review.objects.filter(campaign=campaign()).order_by("pk")[:200])
    first, others = open_sheets[0], iter(open_sheets[1:])
    while items_of(first).count() < ITEMS_ON_A_SHEET:
        hand_over_sheet(next(others), actor=company.sam(), to=first.reviewer, reason="Bench")
    invitation_link(first.reviewer, actor=Actor.system("bench"))
    _write_queries(first)
    company.settle_down()


def page(**_: Any) -> float:
    """The 95th percentile of a page of 50 rows, for eight readers at once."""
    sheet = sheet_of_500()
    with _web_server():
        return _read_at_once(f"/reviews/{sheet.pk}/")


def paced(**_: Any) -> float:
    """The same where each of the eight takes a page a second: more than anybody reads."""
    sheet = sheet_of_500()
    with _web_server():
        return _read_at_once(f"/reviews/{sheet.pk}/", every=1)


def bare(**_: Any) -> float:
    """The same as ``page`` of the bare view."""
    with _web_server():
        return _read_at_once("/bare/")


def decision(**_: Any) -> float:
    """The 95th percentile of one decision after another by one reviewer."""
    sheet = sheet_of_500()
    items = items_of(sheet).exclude(lane=1).filter(outcome="open").order_by("pk")
    picks = list(items.values_list("pk", "version")[:DECISIONS])
    client = _sign_in(sheet.reviewer)
    with _web_server():
        token = (
            client.get(f"/reviews/{sheet.pk}/", SERVER_NAME="127.0.0.1")
            .cookies[settings.CSRF_COOKIE_NAME]
            .value
        )
        cookie = f"{_cookie(client)}; {settings.CSRF_COOKIE_NAME}={token}"
        times = [_decide(cookie, token, sheet, *pick) for pick in picks]
    return _p95(times)


def _decide(cookie: str, token: str, sheet: Review, item: int, version: int) -> float:
    return _seconds(
        "POST",
        f"/reviews/{sheet.pk}/items/{item}/decide/",
        {
            "Cookie": cookie,
            "X-CSRFToken": token,
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        f"choice=revoke&reason=Bench&version={version}",
    )


def _read_at_once(path: str, *, every: float = 0) -> float:
    """By readers who ask again ``every`` so many seconds, at once where that is 0."""
    clients = [_cookie(_sign_in(sheet_of_500().reviewer)) for _ in range(READERS)]
    for cookie in clients:
        _seconds("GET", path, {"Cookie": cookie})
    times: list[float] = []

    def read(cookie: str, late: float) -> None:
        time.sleep(late)
        for _ in range(PAGES_A_READER):
            took = _seconds("GET", path, {"Cookie": cookie})
            times.append(took)
            time.sleep(max(every - took, 0))

    readers = [
        threading.Thread(target=read, args=[cookie, every * place / READERS])
        for place, cookie in enumerate(clients)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return _p95(times)


def _p95(times: list[float]) -> float:
    return sorted(times)[math.ceil(len(times) * 0.95) - 1]


def _seconds(method: str, path: str, headers: dict[str, str], body: str | None = None) -> float:
    """How long one request takes, answer and all; anything but a 200 is a fault."""
    asked = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    began = time.perf_counter()
    asked.request(method, path, body, headers)
    answer = asked.getresponse()
    content = answer.read()
    took = time.perf_counter() - began
    asked.close()
    assert answer.status == http.client.OK, (answer.status, content[:500])
    return took


def sheet_of_500() -> Review:
    """The one that ``fill_a_sheet`` has filled."""
    return Review.objects.filter(campaign=campaign()).select_related("reviewer").earliest("pk")


def _sign_in(person: Person) -> Client:
    client = Client()
    client.force_login(User.objects.get(person=person))
    return client


def _cookie(client: Client) -> str:
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@contextmanager
def _web_server() -> Iterator[None]:
    """The product's, with the bare view beside its addresses."""
    command = [sys.executable, "-m", "gunicorn", "--config=python:portx_access.web"]
    command += [f"--bind=127.0.0.1:{PORT}", "--log-level=error", "portx_access.wsgi"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    environment["PUBLIC_URL"] = settings.PUBLIC_URL
    with subprocess.Popen(command, cwd=BASE_DIR, env=environment) as server:  # noqa: S603
        try:
            _wait_until(_answers)
            yield
        finally:
            server.terminate()


def _answers() -> bool:
    try:
        _seconds("GET", "/sign-in/", {})
    except OSError:
        return False
    return True


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, "The web server did not start."
        time.sleep(0.1)


def _write_queries(sheet: Review) -> None:
    """What the page asks of the database, as texts that the bare view asks again."""
    request = RequestFactory().get(f"/reviews/{sheet.pk}/")
    request.user = User.objects.get(person=sheet.reviewer)
    with CaptureQueriesContext(connection) as captured:
        sheets.sheet(request, sheet.pk)
    reads = [each["sql"] for each in captured.captured_queries if _reads(each["sql"])]
    (company.folder() / QUERIES).write_text(json.dumps(reads), encoding="utf-8")


def _reads(sql: str) -> bool:
    return bool(re.match(r"\s*(SELECT|WITH)\b", sql))
