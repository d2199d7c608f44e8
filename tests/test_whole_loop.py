"""The whole loop as people go round it, from an empty start to a package that verifies: on the
real server with its worker and relay, in a real browser, by what the screen says."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from portx_access.places import BASE_DIR
from tests.portx_access import processes
from tests.portx_access.test_serving import free_port, read_until_ready, supervisor
from tests.standing_still import wait_until

pytestmark = pytest.mark.browser

PASSWORD = "three brown foxes at noon"
PEOPLE = """\
Personnel no,Full name,E-mail,Job title,Team,Status,Reports to
1,Alice Okafor,alice@corp.example,Head of Payments,Payments,active,
2,Tom Eriksen,tom@corp.example,Engineer,Payments,active,alice@corp.example
3,Lena Fischer,lena@corp.example,Engineer,Payments,active,alice@corp.example
"""
HEADERS = "Login,Mail,State,Last login,Role\n"
TOM = "tom,tom@corp.example,active,2026-11-02,ledger_rw\n"
LENA = "lena,lena@corp.example,active,2026-11-03,ledger_ro\n"


@dataclass(frozen=True)
class Installation:
    """A running one, on data of its own, with browsers to sign in to it."""

    url: str
    folder: Path
    browser: Browser

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=processes.clean_environment(VAR_DIR=str(self.folder)),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def visitor(self) -> Page:
        context = self.browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        context.set_default_timeout(30_000)
        return context.new_page()

    def goto(self, page: Page, path: str) -> None:
        page.goto(self.url + path)


@pytest.fixture
def installation(browser: Browser) -> Iterator[Installation]:
    port = free_port()
    with processes.folder() as folder, supervisor(folder, port) as process:
        said = read_until_ready(process)
        assert f"Ready: http://127.0.0.1:{port}" in said
        yield Installation(f"http://127.0.0.1:{port}", folder, browser)
        for context in browser.contexts:
            context.close()
        process.terminate()
        assert process.wait() == 0


def set_password(page: Page, link: str, mail: str) -> None:
    """By the link of an invitation, and then in."""
    page.goto(link)
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill(mail)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation").first).to_be_visible()


def import_file(page: Page, file: Path, columns: dict[str, str]) -> None:
    """From the chosen file to the picture that stands."""
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("Exported at").fill(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}")
    page.get_by_role("button", name="Go on to the columns").click()
    for header, field in columns.items():
        page.get_by_label(header, exact=True).select_option(field)
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="This is the picture now")).to_be_visible()


def mail_to(installation: Installation, administrator: Page, mail: str, subject: str) -> str:
    """The words of a kept message, as an administrator reads them on the page."""
    installation.goto(administrator, f"/mail/?q={mail}")
    administrator.get_by_role("link", name=subject).first.click()
    return administrator.locator("main").inner_text()


def link_in(words: str) -> str:
    return next(word for word in words.split() if "/password/link/" in word)


def verified(installation: Installation, page: Page, name: str) -> bool:
    """Whether the worker has found by now that a removal is proved."""
    installation.goto(page, "/removals/?state=verified")
    return page.get_by_role("link", name=name, exact=True).count() == 1


def verify(package: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-I", str(BASE_DIR / "verify_evidence.py"), str(package)],
        capture_output=True,
    )
    return done.returncode


def with_events(package: Path, keep: slice, drop: int | None = None) -> Path:
    """The package with some of its events left out."""
    changed = package.with_name(f"changed-{keep.stop}-{drop}.zip")
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("trail/events.jsonl"):
                lines = content.splitlines(keepends=True)[keep]
                content = b"".join(line for n, line in enumerate(lines) if n != drop)
            new.writestr(name, content)
        new.comment = old.comment
    return changed


def one_byte_changed(package: Path) -> Path:
    content = bytearray(package.read_bytes())
    content[len(content) // 2] ^= 1
    changed = package.with_name("changed-byte.zip")
    changed.write_bytes(content)
    return changed


def test_whole_loop_from_an_empty_start_to_a_verified_package(
    installation: Installation, tmp_path: Path
) -> None:
    people, accounts, later = (tmp_path / name for name in ("people.csv", "ledger.csv", "2.csv"))
    people.write_text(PEOPLE)
    accounts.write_text(HEADERS + TOM + LENA)
    later.write_text(HEADERS + LENA)
    said = json.loads(
        installation.manage(
            *("create_user", "ada@corp.example", "--role", "administrator"),
            *("--name", "Ada Novak", "--json"),
        )
    )
    first_link = Path(said["link_to_set_a_password_in"]).read_text().split()[-1]
    ada = installation.visitor()
    set_password(ada, first_link, "ada@corp.example")

    # The first page leads from nothing to a running campaign, a step at a time.
    installation.goto(ada, "/")
    ada.locator("[data-next-step]").click()
    import_file(ada, people, {"Personnel no": "Employee id", "Reports to": "Manager"})
    installation.goto(ada, "/")
    ada.locator("[data-next-step]").click()
    ada.get_by_label("Its name").fill("Ledger")
    ada.get_by_label("Data class").select_option("Company Confidential")
    ada.get_by_label("Owner").fill("Alice Okafor")
    import_file(ada, accounts, {"Login": "Username", "State": "Status", "Last login": "Last used"})
    expect(ada.locator("main")).to_contain_text("2 of 2 live accounts matched to somebody")
    installation.goto(ada, "/users/new/")
    ada.get_by_label("Mail", exact=True).fill("sam@corp.example")
    ada.get_by_label("Name").fill("Sam Ito")
    ada.get_by_label("Security team").check()
    ada.get_by_role("button", name="Invite").click()
    expect(ada.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    ada.get_by_label("Password").fill(PASSWORD)
    ada.get_by_role("button", name="Confirm").click()
    expect(ada.locator("main")).to_contain_text("sam@corp.example has a login.")
    sam = installation.visitor()
    invitation = mail_to(installation, ada, "sam@corp.example", "Your login to PortX Access")
    set_password(sam, link_in(invitation), "sam@corp.example")

    # Sam plans, looks at the preview, and launches.
    installation.goto(sam, "/")
    sam.locator("[data-next-step]").click()
    sam.get_by_role("button", name="See the preview").click()
    expect(sam.get_by_text("Nothing stands in the way.")).to_be_visible()
    sam.get_by_role("button", name="Launch", exact=True).click()
    expect(sam.get_by_role("heading", name="From decision to proof")).to_be_visible()

    # Alice gets a mail with her link, judges, and signs.
    alice = installation.visitor()
    told = mail_to(installation, ada, "alice@corp.example", "to review")
    set_password(alice, link_in(told), "alice@corp.example")
    installation.goto(alice, "/reviews/")
    alice.get_by_role("link", name="Begin").click()
    alice.get_by_role("link", name="Revoke Tom Eriksen").click()
    alice.get_by_role("button", name="No longer needed").click()
    expect(alice.get_by_text("1 to go", exact=True)).to_be_visible()
    alice.get_by_role("button", name="Keep Lena Fischer").click()
    expect(alice.get_by_text("All decided")).to_be_visible()
    alice.get_by_role("link", name="Sign off").click()
    alice.get_by_label("This is true.").check()
    alice.get_by_label("Your password").fill(PASSWORD)
    alice.get_by_role("button", name="Sign off").click()
    expect(alice.get_by_role("heading", name="Receipt")).to_be_visible()

    # She owns the ledger, too: she removes the access there, and an import proves it.
    installation.goto(alice, "/removals/")
    alice.get_by_role("link", name="tom", exact=True).click()
    alice.get_by_label("How was it removed?").fill("Taken out of the role")
    alice.get_by_role("button", name="Note it as done").click()
    expect(alice.locator("main")).to_contain_text("Done, not yet proved")
    # What proves it was exported later, and the page takes whole seconds.
    done_by = datetime.now(UTC)
    wait_until(lambda: datetime.now(UTC).replace(microsecond=0) > done_by)
    installation.goto(sam, "/imports/accounts/")
    sam.get_by_label("System", exact=True).select_option("Ledger")
    import_file(sam, later, {})
    wait_until(lambda: verified(installation, sam, "tom"))

    # The campaign closes, and its evidence is taken away.
    installation.goto(sam, "/campaigns/")
    sam.get_by_role("link", name="Access review").click()
    sam.get_by_role("link", name="Close...").click()
    expect(sam.get_by_text("Everything is decided, signed off and proved.")).to_be_visible()
    sam.get_by_label("Your password").fill(PASSWORD)
    sam.get_by_role("button", name="Close", exact=True).click()
    expect(sam.get_by_role("heading", name="How it ended")).to_be_visible()
    installation.goto(sam, "/evidence/")
    sam.get_by_role("button", name="Make a package").click()
    expect(sam.get_by_text("Final", exact=True)).to_be_visible()
    with sam.expect_download() as download:
        sam.get_by_role("link", name="Download").click()
    package = tmp_path / "package.zip"
    download.value.save_as(package)
    assert verify(package) == 0
    assert verify(one_byte_changed(package)) == 1
    assert verify(with_events(package, slice(None), drop=3)) == 1
    assert verify(with_events(package, slice(-1))) == 1
    installation.manage("verify_audit_trail")
