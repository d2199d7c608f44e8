"""The examples of docs/design-system.md, as they stand there, are seen by a browser."""

import re
from gzip import compress
from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import override_settings
from django.urls import URLPattern, include, path
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.enums import Role
from accounts.models import User
from listing.templatetags.charts import Bar, Point
from tests.browser import axe, look

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "templates" / "static"
TEXT = (ROOT / "docs" / "design-system.md").read_text()
EXAMPLES = [
    (part.partition("\n")[0], html)
    for part in TEXT.split("\n## ")
    for html in re.findall(r"^```html\n(.*?)^```", part, re.M | re.S)
]
PANEL = re.findall(r"^```panel\n(.*?)^```", TEXT, re.M | re.S)[0]
GO = [1507, 1490, 1370, 1200, 1150, 950, 930, 700, 610, 323]
CHARTS = {
    "points": [Point(place / 13, value) for place, value in enumerate(GO)],
    "labels": ["5 Oct", "12 Oct", "19 Oct"],
    "bars": [Bar("Verified gone", 81, "good"), Bar("Open", 10), Bar("Overdue", 2, "bad")],
}


@login_not_required
def gallery(request: HttpRequest, place: int) -> HttpResponse:
    title, html = EXAMPLES[place]
    text = '{% extends "base.html" %}{% block title %}Gallery{% endblock %}{% block content %}'
    if "<h1>" not in html:
        text += f'<div class="page-head"><h1>{title}</h1></div>'
    text += '<div class="stack"><div>' + html + "</div></div>{% endblock %}"
    text += "{% block panel %}" + (PANEL if "lane" in html else "") + "{% endblock %}"
    request.user = User(email="sam.reyes@example.org", role=Role.ADMINISTRATOR)
    return HttpResponse(engines["django"].from_string(text).render(CHARTS, request))


def rooms(*names: str) -> list[URLPattern]:
    return [path(f"{name}/", gallery, {"place": 0}, name=name) for name in names]


urlpatterns = [
    path("<int:place>/", gallery),
    path("", include((rooms("cockpit", "campaigns", "removals", "evidence"), "reviews"))),
    path("", include((rooms("findings", "sources", "people", "systems", "users"), "accounts"))),
    path("", include((rooms("events"), "audit"))),
]


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_example_is_seen_and_axe_finds_nothing(
    place: int, page: Page, live_server: LiveServer
) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        page.goto(f"{live_server.url}/{place}/")
        look(page, f"gallery-{place}")
        axe(page)


def test_every_part_of_the_page_is_an_example() -> None:
    assert len(EXAMPLES) == TEXT.count("```html") == 12


def test_vendored_files_are_the_ones_that_the_list_names() -> None:
    listed = (STATIC / "vendor" / "README.md").read_text()
    files = [*(STATIC / "vendor").glob("*.min.*"), *(ROOT / "tests" / "vendor").glob("*.js")]
    assert len(files) == 3
    assert [
        file.name for file in files if sha256(file.read_bytes()).hexdigest() not in listed
    ] == []


def test_script_of_a_page_is_small() -> None:
    scripts = [STATIC / "portx.js", *(STATIC / "vendor").glob("*.js")]
    assert sum(len(compress(script.read_bytes())) for script in scripts) < 25_000
    scripts += STATIC.glob("sheet*.js")
    assert sum(len(compress(script.read_bytes())) for script in scripts) < 32_000


def test_templates_hold_no_inline_style_or_script() -> None:
    inline = re.compile(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|hx-on")
    templates = sorted((ROOT / "templates").rglob("*.html"))
    assert [str(each) for each in templates if inline.search(each.read_text())] == []
