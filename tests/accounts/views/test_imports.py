"""An import on pages: the file, its columns, what it would do, and what it did."""

import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.enums import DataClass, RunState
from accounts.models import Account, ImportRun, Person, Source, System, User
from audit.models import Event
from tests.accounts.imports import import_accounts, import_people, read_text, work_off
from tests.cast import make_person, make_system

pytestmark = pytest.mark.usefixtures("noon", "db")

PEOPLE = (
    "Personnel no;Full name;Mail;Boss\n7;Kim Lee;kim@example.com;\n8;Lea Fox;lea@example.com;7\n"
)
ACCOUNTS = "Login,Role,Status\nkim,reader;writer,active\nsvc,admin,odd word\n,nothing,\n"


def upload(client: Client, address: str, text: str | bytes, **said: Any) -> str:
    """Send a file; gives the address of its columns."""
    content = text if isinstance(text, bytes) else text.encode()
    if "people" in address:
        said.setdefault("roster", "Staff")
    answer = client.post(address, {"file": SimpleUploadedFile("export.csv", content), **said})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def mapping(columns: Sequence[str], **said: str) -> dict[str, str]:
    """The form of the columns page, with a meaning for each column in turn."""
    return {f"column_{place}": meaning for place, meaning in enumerate(columns)} | said


def read(client: Client, address: str, columns: Sequence[str], **said: str) -> ImportRun:
    answer = client.post(address, mapping(columns, **said))
    assert answer.status_code == 302, answer.content.decode()
    run = ImportRun.objects.get(pk=int(answer.headers["Location"].split("/")[2]))
    return work_off(run)


def test_people_are_imported_from_the_first_page_to_the_last(client: Client, sam: User) -> None:
    client.force_login(sam)
    page = client.get("/imports/people/").content.decode()
    assert 'value="Employees"' in page
    at = upload(client, "/imports/people/", PEOPLE, roster="Staff", exported_by="hr@example.com")
    page = client.get(at).content.decode()
    assert "Personnel no" in page
    assert "kim@example.com" in page
    assert ImportRun.objects.count() == 0
    run = read(client, at, ["employee_id", "name", "mail", "manager"])
    assert (run.state, run.source.name, run.exported_by) == (
        RunState.STAGED,
        "Staff",
        "hr@example.com",
    )
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert "Nothing is changed yet" in page
    assert "2 taken + 0 rejected" in page
    assert Person.objects.filter(source=run.source).count() == 0
    client.post(f"/imports/{run.pk}/start/")
    work_off(run)
    assert Person.objects.filter(source=run.source).count() == 2
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert "This is the picture now" in page
    assert "<b>1 of 2 people</b> has no manager to rely on" in page
    assert 'href="/imports/accounts/">Import accounts' in page
    # What was said of the columns is kept for the next file of the roster.
    at = upload(client, "/imports/people/", PEOPLE, roster="staff")
    assert [c.field for c in client.get(at).context["look"].columns] == [
        "employee_id",
        "name",
        "mail",
        "manager",
    ]
    assert Source.objects.count() == 1


def test_accounts_of_a_new_system_say_how_many_matched(client: Client, sam: User) -> None:
    import_people("employee id,name,mail\n7,Kim,kim@example.com\n")
    owner = make_person("Olga Petrova", mail="olga@example.com")
    client.force_login(sam)
    at = upload(
        client,
        "/imports/accounts/",
        ACCOUNTS,
        name="Vault",
        data_class="customer_confidential",
        owner="Olga Petrova <olga@example.com>",
        source_count="3",
    )
    assert System.objects.count() == 0
    look = client.get(at).context["look"]
    assert ([c.field for c in look.columns], look.separator) == (
        ["username", "entitlement", "status"],
        ";",
    )
    run = read(client, at, ["username", "entitlement", "status"], separator=";")
    assert run.state == RunState.STAGED
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert "<b>0 of 2 accounts</b> are matched to somebody" in page
    assert "The row has no username." in page
    assert "Not known in the column of status, and read so: 1 word, “odd word”." in page
    system = System.objects.get()
    assert (system.name, system.data_class, system.owner) == ("Vault", DataClass.CUSTOMER, owner)
    client.post(f"/imports/{run.pk}/start/")
    work_off(work_off(run))
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert f'href="/accounts/unmatched/?system={system.pk}">Resolve 2' in page
    assert "<b>2 open findings</b>" in page
    assert "complete: the source counts 3 and 3 were read" in page
    assert Account.objects.get(username="kim").grants.count() == 2


def test_rejected_rows_come_as_a_file_to_mend(client: Client, sam: User) -> None:
    run = import_accounts(ACCOUNTS + '"=cmd",a,active,too much\n')
    client.force_login(sam)
    answer = client.get(f"/imports/{run.pk}/rejected/")
    lines = b"".join(answer).decode("utf-8-sig").splitlines()
    assert lines == [
        "Login,Status,Role,Row in the file,Why it was rejected",
        ",,nothing,4,The row has no username.",
        '\'=cmd,active,a,5,"The row has 4 cells, the header has 3."',
    ]
    assert Event.objects.filter(verb="list.exported").count() == 1


def test_a_column_that_nobody_wants_is_not_guessed_again(client: Client, sam: User) -> None:
    make_system("Vault", data_class=DataClass.INTERNAL)
    system = System.objects.get()
    client.force_login(sam)
    at = upload(client, "/imports/accounts/", ACCOUNTS, system=str(system.pk))
    run = read(client, at, ["username", "", "status"])
    assert run.mapping == {"username": "Login", "status": "Status", "entitlement": ""}
    client.post(f"/imports/{run.pk}/start/")
    work_off(run)
    at = upload(client, "/imports/accounts/", ACCOUNTS, system=str(system.pk))
    assert [c.field for c in client.get(at).context["look"].columns] == ["username", "", "status"]
    # And a person may want it after all.
    run = read(client, at, ["username", "entitlement", "status"])
    assert run.mapping["entitlement"] == "Role"


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (["", "entitlement", "status"], "Say which column holds the account id or the username"),
        (["username", "username", "status"], "Two columns are Username: choose one of them."),
    ],
)
def test_columns_that_cannot_be_are_refused(
    client: Client, sam: User, columns: list[str], why: str
) -> None:
    client.force_login(sam)
    at = upload(client, "/imports/accounts/", ACCOUNTS, name="Vault", data_class="public")
    answer = client.post(at, mapping(columns))
    assert (answer.status_code, why in answer.content.decode()) == (422, True)
    assert (ImportRun.objects.count(), System.objects.count()) == (0, 0)


def test_an_encoding_that_cannot_be_told_is_asked_with_previews(client: Client, sam: User) -> None:
    client.force_login(sam)
    text = "employee id,name\n7,Jürgen Müller\n".encode("cp1252")
    at = upload(client, "/imports/people/", text, roster="Staff")
    page = client.get(at).content.decode()
    assert "How is the file written?" in page
    assert "Jürgen Müller" in page
    assert client.post(at, {"encoding": "klingon"}).status_code == 422
    assert client.post(at, {"encoding": "cp1252"}).headers["Location"] == at
    run = read(client, at, ["employee_id", "name"], encoding="cp1252")
    client.post(f"/imports/{run.pk}/start/")
    work_off(run)
    assert Person.objects.filter(name="Jürgen Müller").exists()
    # The source remembers it.
    at = upload(client, "/imports/people/", text, roster="Staff")
    assert "What do the columns mean?" in client.get(at).content.decode()


def test_dates_that_are_ambiguous_are_asked_about(client: Client, sam: User) -> None:
    client.force_login(sam)
    text = "username,last login\nkim,03/04/2026\nlea,05/06/2026\n"
    at = upload(client, "/imports/accounts/", text, name="Vault", data_class="public")
    run = read(client, at, ["username", "last_used"])
    assert run.state == RunState.FAILED
    page = client.get(f"/imports/{run.pk}/").content.decode()
    assert "may begin with the day or with the month" in page
    at = f"/imports/{run.pk}/columns/"
    assert "may begin with the day or with the month" in client.get(at).content.decode()
    answer = client.post(at, mapping(["username", "last_used"]))
    assert "Say which comes first in last login: day or month." in answer.content.decode()
    run = read(client, at, ["username", "last_used"], order_1="dmy")
    assert (run.state, run.options["date_order"]) == (RunState.STAGED, {"last_used": "dmy"})


def workbook(**sheets: str) -> bytes:
    """Sheets of rows, parted by semicolons and bars."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, text in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(text.split("|")):
                sheet.write_row(line, 0, row.split(";"))
    return content.getvalue()


def test_another_sheet_is_chosen_and_kept_while_it_is_there(client: Client, sam: User) -> None:
    client.force_login(sam)
    said = {"name": "Vault", "data_class": "public"}
    book = workbook(Notes="Made by;ops", Users="Login;Role|kim;reader")
    at = upload(client, "/imports/accounts/", book, **said)
    page = client.get(at)
    assert page.context["look"].sheets == ("Notes", "Users")
    answer = client.post(at, mapping(["", ""], sheet="Users"))
    assert answer.headers["Location"] == at
    assert [c.header for c in client.get(at).context["look"].columns] == ["Login", "Role"]
    run = read(client, at, ["username", "entitlement"], sheet="Users")
    client.post(f"/imports/{run.pk}/start/")
    work_off(run)
    # The next workbook names its sheet otherwise: that is said, and its own sheet is shown.
    system = str(System.objects.get().pk)
    at = upload(client, "/imports/accounts/", workbook(Q4="Login;Role|lea;admin"), system=system)
    page = client.get(at)
    assert page.status_code == 200
    assert "The workbook has no sheet “Users”." in page.content.decode()
    run = read(client, at, ["username", "entitlement"])
    assert (run.state, run.preview["samples"][0]["rows"]) == (RunState.STAGED, [["lea", "admin"]])


def test_an_encoding_that_was_kept_is_taken_back(client: Client, sam: User) -> None:
    client.force_login(sam)
    at = upload(client, "/imports/people/", "employee id,name\n7,Jürgen\n".encode("cp1252"))
    client.post(at, {"encoding": "cp1252"})
    run = read(client, at, ["employee_id", "name"], encoding="cp1252")
    client.post(f"/imports/{run.pk}/start/")
    work_off(run)
    at = upload(client, "/imports/people/", "employee id,name\n7,Jürgen\n")
    assert client.get(at).context["look"].columns[1].cells == ["JÃ¼rgen"]
    assert client.post(at, mapping(["", ""], encoding="")).headers["Location"] == at
    assert client.get(at).context["look"].columns[1].cells == ["Jürgen"]
    run = read(client, at, ["employee_id", "name"])
    assert run.preview["samples"][0]["rows"] == [["7", "Jürgen"]]


def test_what_is_no_table_is_said_and_kept_out(client: Client, sam: User) -> None:
    client.force_login(sam)
    at = upload(client, "/imports/people/", "%PDF-1.7 ...", roster="Staff")
    answer = client.get(at)
    assert answer.status_code == 422
    assert "The file is a PDF, not a CSV or XLSX table." in answer.content.decode()


def test_an_upload_says_what_is_missing(client: Client, sam: User) -> None:
    make_system("Vault")
    client.force_login(sam)
    answer = client.post("/imports/accounts/", {"name": "vault"})
    assert answer.status_code == 422
    assert {name: list(errors) for name, errors in answer.context["form"].errors.items()} == {
        "name": ["There is a system vault already: choose it above."],
        "data_class": ["This field is required."],
        "file": ["This field is required."],
    }
    later = {"roster": "Staff", "exported_at": "2026-10-05T12:01"}
    page = client.post("/imports/people/", later).content.decode()
    assert "This lies in the future: check it and its time zone." in page


def test_an_owner_imports_into_their_own_system_only(
    client: Client, owner: User, ledger: System
) -> None:
    other = make_system("Other")
    client.force_login(owner)
    page = client.get("/imports/accounts/").content.decode()
    assert ("Ledger" in page, "Other" in page, "A new system" in page) == (True, False, False)
    file = SimpleUploadedFile("export.csv", b"username\nkim\n")
    answer = client.post("/imports/accounts/", {"file": file, "system": other.pk})
    assert answer.status_code == 422
    at = upload(client, "/imports/accounts/", "username\nkim\n", system=str(ledger.pk))
    assert read(client, at, ["username"]).source.system == ledger


def test_a_draft_is_its_makers_alone(client: Client, sam: User, ada: User) -> None:
    client.force_login(sam)
    at = upload(client, "/imports/people/", PEOPLE, roster="Staff")
    client.force_login(ada)
    assert client.get(at).status_code == 404


def test_the_run_page_asks_again_while_something_is_going_on(client: Client, sam: User) -> None:
    client.force_login(sam)
    at = upload(client, "/imports/people/", PEOPLE, roster="Staff")
    answer = client.post(at, mapping(["employee_id", "name", "mail", "manager"]))
    page = client.get(answer.headers["Location"]).content.decode()
    assert f'hx-get="{answer.headers["Location"]}" hx-trigger="every 1s"' in page
    assert "The file is being read" in page
    assert "No worker is running" in page
    run = work_off(ImportRun.objects.get())
    assert "every 1s" not in client.get(f"/imports/{run.pk}/").content.decode()


def test_a_run_is_discarded_and_nothing_is_changed(client: Client, sam: User) -> None:
    source = import_accounts("username\nkim\n").source
    run = read_text(source, "username\nlea\n")
    client.force_login(sam)
    page = client.post(f"/imports/{run.pk}/discard/", follow=True).content.decode()
    assert "The run is discarded. The picture is as it was." in page
    assert list(Account.objects.standing().values_list("username", flat=True)) == ["kim"]
    answer = client.post(f"/imports/{run.pk}/start/", follow=True)
    assert "is discarded by now" in answer.content.decode()


def test_a_held_run_is_asked_for_by_one_and_agreed_to_by_another(
    client: Client, sam: User, ada: User
) -> None:
    import_accounts("username\n" + "".join(f"u{n}\n" for n in range(40)))
    run = import_accounts("username\nu1\nu2\n")
    at = f"/imports/{run.pk}/"
    client.force_login(sam)
    page = client.get(at).content.decode()
    assert "38 of 40 accounts are gone without an ordered removal" in page
    assert client.post(f"{at}ask/", {"reason": ""}).status_code == 422
    client.post(f"{at}ask/", {"reason": "The Wiki was emptied."})
    page = client.get(at).content.decode()
    assert ("The Wiki was emptied." in page, "Agree, and import it" in page) == (True, False)
    refused = client.post(f"{at}approve/", follow=True).content.decode()
    assert "not the one who asks for it" in refused
    assert Event.objects.filter(verb="trail.refused").count() == 1
    client.force_login(ada)
    assert "Agree, and import it" in client.get(at).content.decode()
    client.post(f"{at}approve/")
    work_off(run)
    assert Account.objects.standing().count() == 2
    page = client.get(at).content.decode()
    assert "asked by Sam Ito, approved by Ada Novak" in page


def test_the_proof_of_a_run_stands_beside_it(client: Client, carol: User) -> None:
    run = import_accounts("username\nkim\n", exported_by="ops@example.com", report="All users")
    file = run.files.get()
    client.force_login(carol)
    page = client.get(f"/imports/{run.pk}/").content.decode()
    for said in (file.sha256, "ops@example.com", "All users", run.config_hash, "proves none"):
        assert said in page
    assert "complete as to the file, not proved against the source" in page
