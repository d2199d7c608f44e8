"""A page that is a list: as a page, as a file, by hand in a browser with and without script."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.enums import AccountType, Role
from accounts.models import Account, User
from listing import export
from listing.columns import Column
from listing.filters import Choice, Dates, Search
from listing.lists import List
from listing.views import TOO_LONG, answer
from tests.browser import axe, look
from tests.listing.rows import accounts

LIST = List(
    columns=[
        Column("name", "Name", value="username", order="username"),
        Column("type", "Type", value="get_type_display"),
        Column("system", "System", value="system.name", order="system__name"),
        Column("used", "Last used", value="last_used", order="last_used"),
        Column("key", "Key", on_page=False),
    ],
    order=("id",),
    filters=[
        Search("q", "Search", columns=("username",), help="name of an account"),
        Choice("type", "Type", choices=AccountType.choices),
        Dates("used", "Used", column="last_used"),
    ],
)
exports: list[str] = []


@login_not_required
def listed(request: HttpRequest) -> HttpResponseBase:
    request.user = User(email="sam.reyes@example.org", role=Role.SECURITY)
    rows = Account.objects.select_related("system")
    return answer(
        request,
        "listed.html",
        LIST,
        rows,
        name="accounts",
        marking="Internal",
        on_export=exports.append,
    )


urlpatterns = [path("accounts/", listed)]
OWN = Path(__file__).parent / "templates"
TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [settings.BASE_DIR / "templates", OWN]}]


@pytest.fixture(autouse=True)
def site(db: None) -> Iterator[None]:
    exports.clear()
    with override_settings(ROOT_URLCONF=__name__, TEMPLATES=TEMPLATES):
        yield


def names(client: Client, address: str) -> list[str]:
    return [row.username for row in client.get(f"/accounts/{address}").context["shown"].rows]


def read(response: HttpResponseBase) -> list[list[str]]:
    assert isinstance(response, StreamingHttpResponse)
    text = b"".join(cast("Iterator[bytes]", response.streaming_content)).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


@pytest.mark.parametrize("rows", [1, 3, 3000])
def test_list_takes_two_queries_however_many_rows(client: Client, rows: int) -> None:
    accounts(f"name {place}" for place in range(rows))
    with CaptureQueriesContext(connection) as asked:
        assert len(names(client, "?q=name&sort=-system")) == min(rows, 50)
    assert len([query for query in asked if "accounts_account" in query["sql"]]) == 2
    assert len(asked) == 2


def test_filter_and_sort_survive_paging(client: Client) -> None:
    accounts([*(f"svc {place:03}" for place in range(60)), "anna"])
    first = client.get("/accounts/?q=svc&sort=-name").context["shown"]
    assert names(client, first.next) == [f"svc {place:03}" for place in range(9, -1, -1)]


def test_export_holds_all_that_is_shown_on_every_page(client: Client) -> None:
    accounts([*(f"svc {place:03}" for place in range(60)), "anna"])
    shown = client.get("/accounts/?type=service&sort=-name").context["shown"]
    table = read(client.get(f"/accounts/{shown.csv}"))
    assert table[0] == ["Name", "Type", "System", "Last used", "Key", export.MARKING]
    assert [row[0] for row in table[1:]] == [f"svc {place:03}" for place in range(59, -1, -1)]
    assert {row[-1] for row in table[1:]} == {"Internal"}
    assert exports == ["csv"]


def test_export_takes_the_same_queries_at_3_and_3000_rows(client: Client) -> None:
    taken = []
    for rows in (3, 2997):
        accounts(f"name {rows} {place}" for place in range(rows))
        with CaptureQueriesContext(connection) as asked:
            read(client.get("/accounts/?export=csv"))
        taken.append(len([query for query in asked if "SELECT" in query["sql"]]))
    assert taken[0] == taken[1]


def test_spreadsheet_is_a_file_with_the_marking_in_its_name(client: Client, noon: datetime) -> None:
    accounts(["anna"])
    response = client.get("/accounts/?export=xlsx")
    assert response["Content-Disposition"] == (
        'attachment; filename="accounts-2026-10-05-internal.xlsx"'
    )
    assert b"".join(cast("Iterator[bytes]", response)).startswith(b"PK")
    assert exports == ["xlsx"]


def test_spreadsheet_too_long_says_so_and_gives_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_XLSX_ROWS", 2)
    accounts(["anna", "berta", "carla"])
    response = client.get("/accounts/?sort=name&export=xlsx", follow=True)
    assert response.redirect_chain == [("/accounts/?sort=name", 302)]
    assert TOO_LONG in response.content.decode()
    assert exports == []


def test_export_of_an_unknown_kind_is_the_page(client: Client) -> None:
    assert names(client, "?export=exe") == []


def test_words_from_the_address_are_shown_as_text(client: Client) -> None:
    accounts(["anna"])
    text = client.get(
        "/accounts/", {"q": '"><script>x</script>', "other": '"><b>'}
    ).content.decode()
    assert "<script>x" not in text
    assert '"><b>' not in text


def heads_of(page: Page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


@pytest.mark.browser
def test_list_with_script_follows_what_is_typed(page: Page, live_server: LiveServer) -> None:
    accounts([*(f"svc {place:03}" for place in range(60)), "anna", "hannah"])
    page.goto(f"{live_server.url}/accounts/")
    look(page, "list")
    axe(page)
    page.get_by_label("Search").press_sequentially("ann")
    expect(page.locator("tbody th")).to_have_text(["anna", "hannah"])
    expect(page).to_have_url(f"{live_server.url}/accounts/?q=ann")
    expect(page.get_by_label("Search")).to_be_focused()
    expect(page.locator("#list-said")).to_have_text("2 rows shown")
    page.get_by_role("link", name="Name").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Name")
    page.get_by_role("link", name="Name").click()
    expect(page.locator("tbody th")).to_have_text(["hannah", "anna"])
    expect(page).to_have_url(f"{live_server.url}/accounts/?q=ann&sort=-name")
    look(page, "list-filtered")
    page.get_by_role("link", name='Take off the filter "ann"').click()
    expect(page.locator("tbody th")).to_have_count(50)
    assert page.get_by_label("Search").input_value() == ""
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody th")).to_have_count(12)
    page.go_back()
    expect(page.locator("tbody th")).to_have_count(50)


@pytest.mark.browser
def test_list_with_script_follows_what_is_pasted(page: Page, live_server: LiveServer) -> None:
    """By mouse or by voice, no key comes up."""
    accounts(["svc 001", "anna", "hannah"])
    page.goto(f"{live_server.url}/accounts/")
    page.get_by_label("Search").fill("ann")
    expect(page.locator("tbody th")).to_have_text(["anna", "hannah"])


@pytest.mark.browser
def test_list_without_script_does_the_same(browser: Browser, live_server: LiveServer) -> None:
    accounts([*(f"svc {place:03}" for place in range(60)), "anna", "hannah"])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/")
    page.get_by_label("Search").fill("svc")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Next").click()
    assert heads_of(page) == [f"svc {place:03}" for place in range(50, 60)]
    page.get_by_role("link", name='Take off the filter "svc"').click()
    page.get_by_role("link", name="Next").click()
    assert heads_of(page)[-2:] == ["anna", "hannah"]
    context.close()


@pytest.mark.browser
def test_empty_list_says_what_to_do(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/accounts/")
    expect(page.get_by_role("heading", name="No accounts yet")).to_be_visible()
    look(page, "list-empty")
    page.goto(f"{live_server.url}/accounts/?q=nobody&type=robot&after=[1]")
    expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()
    look(page, "list-nothing-fits")
    axe(page)
