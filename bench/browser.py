"""The sheet in a real Chromium on loopback: when it is seen, when a keypress shows, how much
script it takes. The figures are the browser's own (LCP, Event Timing, Resource Timing)."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from accounts.models import User
from bench.sheets import sheet_of_500
from reviews.enums import Lane

LOADS = 5
KEYS = "jjkxxjarjkjajjxa"
# What the browser does not tell lies below what it tells at least.
LEAST = 0.016
WATCH = """
window.seen = {lcp: 0, keys: []};
const watch = (type, act, more) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) act(entry);
}).observe({type, buffered: true, ...more});
watch("largest-contentful-paint", (entry) => { window.seen.lcp = entry.startTime; });
watch("event", (entry) => {
  if (entry.name.startsWith("key")) window.seen.keys.push(entry.duration);
}, {durationThreshold: 16});
"""
BYTES = """performance.getEntriesByType("resource")
  .filter((entry) => entry.initiatorType === "script")
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""


def lcp(**_: Any) -> float:
    """Seconds until the sheet's largest part is painted; the median of visits whose browser has
    nothing of it yet, after one that warms the server."""
    seen: list[float] = []
    with _visits() as visit:
        for _load in range(LOADS + 1):
            page = visit()
            page.wait_for_function("window.seen.lcp > 0")
            seen.append(float(page.evaluate("window.seen.lcp")) / 1000)
            page.context.close()
    return float(median(seen[1:]))


def inp(**_: Any) -> float:
    """Seconds until the slowest of many keypresses shows, those that decide among them."""
    with _visits() as visit:
        page = visit()
        for key in KEYS:
            page.keyboard.press(key)
            page.wait_for_timeout(150)
            page.keyboard.press("Escape")
        told = [float(each) for each in page.evaluate("window.seen.keys")]
    return max(told, default=0) / 1000 or LEAST


def script(**_: Any) -> float:
    """Bytes of script that a first visit takes, compressed, with their headers."""
    with _visits() as visit:
        return float(visit().evaluate(BYTES))


@contextmanager
def _visits() -> Iterator[Callable[[], Page]]:
    """Each call opens fifty rows of the sheet in a browser that was never here before."""
    review, client = sheet_of_500(), Client()
    client.force_login(User.objects.get(person=review.reviewer))
    name = settings.SESSION_COOKIE_NAME
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with _server() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def visit() -> Page:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.context.add_cookies(
                [{"name": name, "value": client.cookies[name].value, "url": address}]
            )
            page.add_init_script(WATCH)
            page.goto(f"{address}/reviews/{review.pk}/?lane={Lane.NEW}", wait_until="networkidle")
            return page

        yield visit
        browser.close()


@contextmanager
def _server() -> Iterator[str]:
    """The product as it is served, on a free port."""
    call_command("collectstatic", interactive=False, verbosity=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = [sys.executable, "-m", "gunicorn", "--config=python:portx_access.web"]
    web += [f"--bind=127.0.0.1:{port}", "--log-level=error", "portx_access.wsgi"]
    process = subprocess.Popen(web)  # noqa: S603 - our own server
    try:
        _wait_for(port)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("The server did not come up within 20 seconds.")
