"""A real Chromium for the browser tests, pictures of pages, and the check by axe.

`page` is a fresh, signed-out visitor; go to addresses of pytest-django's `live_server`. A test
fails when the browser logged an error: a script that broke, a file that is missing, or
something that the content security policy refused.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
AXE_RUN = """async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations.map(v => `${v.id}: ${v.help}: ` + v.nodes.map(n => n.html).join(" | "))"""
SIZES = {1280: 900, 360: 740}
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_run_by_axe: set[Page | None] = set()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        pytest.fail("The browser tests need Chromium: apt-get install chromium")
    # Playwright keeps an event loop in this thread; Django's own work is as synchronous as ever.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with visiting(browser) as visitor:
        yield visitor


@contextmanager
def visiting(browser: Browser, *, forgiven: Collection[str] = (), **options: Any) -> Iterator[Page]:
    """A page in a context of its own. ``forgiven`` are parts of errors that a test provokes."""
    options.setdefault("viewport", {"width": 1280, "height": 900})
    context = browser.new_context(locale="en-GB", **options)
    context.set_default_timeout(10_000)
    visitor = context.new_page()
    wrong: list[str] = []
    visitor.on("console", lambda message: wrong.extend(_errors(message)))
    visitor.on("pageerror", lambda error: wrong.append(str(error)))
    yield visitor
    context.close()
    wrong = [each for each in wrong if not any(part in each for part in forgiven)]
    assert not wrong, "\n".join(wrong)


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    """By a session of its own: signing in is tried elsewhere."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": server.url}]
    )


def look(page: Page, name: str) -> None:
    """Leaves pictures of the page, wide and narrow, light and dark, in `$LOOK_DIR` or
    `var/looks`, and asserts that nothing hangs over the edge of a phone."""
    folder = Path(os.environ.get("LOOK_DIR", "var/looks"))
    folder.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            picture = folder / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=picture, full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def axe(page: Page) -> None:
    """Asserts that axe finds nothing against WCAG 2.2 AA, in light, in dark and on a phone.

    The window is as tall as the page: a bar that stays in sight would else lie over whatever
    the page has been scrolled to, and a link half behind it count as one too small to hit.
    """
    before = page.viewport_size or {"width": 1280, "height": SIZES[1280]}
    _run_by_axe.add(page)
    page.evaluate(AXE)
    found: set[str] = set()
    for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": SIZES[width]})
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found.update(f"{width} {scheme}: {sentence}" for sentence in page.evaluate(AXE_RUN))
    _run_by_axe.discard(page)
    page.set_viewport_size(before)
    page.emulate_media(color_scheme="light")
    assert not found, "\n".join(sorted(found))


def _errors(message: ConsoleMessage) -> list[str]:
    """What the console reports as an error; tests check the status of a page themselves, and
    axe sets styles of its own, which the policy rightly refuses."""
    refused_axe = message.page in _run_by_axe and "inline style" in message.text
    of_status = "the server responded with a status of 4" in message.text
    return [] if message.type != "error" or of_status or refused_axe else [message.text]
