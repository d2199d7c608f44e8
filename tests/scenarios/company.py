"""A company that comes in by files, and people who act as they would at a terminal or a page."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import User
from reviews.actions.deciding import Pick, Verdict, decide
from reviews.actions.following import follow_imports
from reviews.actions.revoking import carry_out
from reviews.actions.signing import give_receipt, sign_off
from reviews.actions.timing import CLOCK
from reviews.enums import Choice, Stage
from reviews.models import Campaign, Review, ReviewItem, Revocation
from tests.cast import acting
from tests.commands.running import DONE, NEEDS_A_PERSON, Ran, run, run_well, write
from tests.reviews.world import sheet_of

Q4 = ("--quarter", "2026-Q4")
PEOPLE = "employee_id,name,mail,title,team,worker_type,status,end,manager"
ACCOUNTS = "username,mail,entitlement,last_used"
# Alice manages Tom, Lena and Mei; Olga owns the ledger.
STAFF = (
    "1,Alice Okafor,alice.okafor@example.com,Head of Payments,Payments,employee,active,,",
    "2,Bob Larsen,bob.larsen@example.com,Head of Support,Support,employee,active,,",
    "3,Olga Petrova,olga.petrova@example.com,Ledger owner,Finance,employee,active,,",
    "4,Tom Eriksen,tom@example.com,Clerk,Payments,employee,active,,1",
    "5,Lena Fischer,lena@example.com,Clerk,Payments,employee,active,,1",
    "6,Mei Tanaka,mei@example.com,Clerk,Payments,employee,active,,1",
)
HELD = ("tom", "lena", "mei")


class Office:
    """Files in one folder, imported by the commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def people(self, *rows: str, header: str = PEOPLE, options: Sequence[object] = ()) -> Ran:
        return run("import_people", self._file("people.csv", header, rows), *options)

    def accounts(
        self,
        system: str,
        *rows: str,
        header: str = ACCOUNTS,
        exported_at: datetime | None = None,
        options: Sequence[object] = (),
    ) -> Ran:
        stated = ["--exported-at", exported_at.isoformat()] if exported_at else []
        file = self._file(f"{system}.csv", header, rows)
        return run("import_accounts", system, file, *stated, *options)

    def staff(self, *more: str) -> None:
        ran = self.people(*STAFF, *more)
        assert ran.status == 0, ran.errors

    def ledger(self, *rows: str, exported_at: datetime | None = None) -> Ran:
        """Olga's ledger; one right of Tom's, Lena's and Mei's where no rows are given."""
        owner = ["--owner", "olga.petrova@example.com"]
        ran = self.accounts(
            "Ledger", *(rows or map(reads, HELD)), exported_at=exported_at, options=owner
        )
        assert ran.status in {DONE, NEEDS_A_PERSON}, ran.errors
        return ran

    def open(self, *options: object) -> Campaign:
        return Campaign.objects.get(pk=run_well("open_campaign", *Q4, *options)["id"])

    def evidence(self, campaign: Campaign, *options: object) -> "Package":
        file = self.folder / f"campaign-{campaign.pk}.zip"
        run_well("build_evidence", campaign.pk, "--output", file, *options)
        return Package(file)

    def _file(self, name: str, header: str, rows: Sequence[str]) -> Path:
        return write(self.folder, name, "\n".join([header, *rows]) + "\n")


def reads(username: str) -> str:
    """A row: somebody in use who holds one plain right."""
    return f"{username},{username}@example.com,read,2026-10-02"


class Package:
    """A package that the stand-alone verifier has accepted, and what it says."""

    def __init__(self, file: Path) -> None:
        self.file = file
        status, words = verify(file)
        assert status == 0, words

    @cached_property
    def cover(self) -> dict[str, Any]:
        cover: dict[str, Any] = json.loads(self.text("cover.json"))
        return cover

    def text(self, name: str) -> str:
        with zipfile.ZipFile(self.file) as archive:
            return archive.read(name).decode()

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.text(name), newline="")))

    def cells(self, name: str, *columns: str) -> list[tuple[str, ...]]:
        return [tuple(row[column] for column in columns) for row in self.rows(name)]


def verify(file: Path) -> tuple[int, str]:
    """The verifier that an auditor has, on a Python that knows nothing of us."""
    done = subprocess.run(
        [sys.executable, "-I", str(settings.BASE_DIR / "verify_evidence.py"), str(file)],
        capture_output=True,
        text=True,
        cwd="/",
    )
    return done.returncode, done.stdout + done.stderr


def item_of(campaign: Campaign, username: str, right: str = "") -> ReviewItem:
    found = ReviewItem.objects.filter(campaign=campaign, account_username=username)
    return found.get(entitlement_key=right) if right else found.get()


def pick(item: ReviewItem, stage: Stage = Stage.FIRST) -> Pick:
    item.refresh_from_db()
    return Pick(item.pk, item.version if stage == Stage.FIRST else item.second_version)


def choose(
    user: User, item: ReviewItem, choice: Choice, reason: str = "", stage: Stage = Stage.FIRST
) -> Verdict:
    """The user's decision on what they see now."""
    return decide(
        sheet_of(item.campaign, user),
        actor=acting(user),
        picks=[pick(item, stage)],
        choice=choice,
        reason=reason,
    )


def keep_the_rest(user: User, campaign: Campaign) -> None:
    """Keep each open item of a sheet, one by one, and sign it off."""
    sheet = sheet_of(campaign, user)
    for item in sheet.items.filter(outcome="open").order_by("pk"):
        choose(user, item, Choice.CERTIFY, "Needed for present duties")
    for item in sheet.second_items.filter(outcome="open").order_by("pk"):
        choose(user, item, Choice.CERTIFY, "Needed for present duties", Stage.SECOND)
    sign(user, sheet)


def sign(user: User, sheet: Review) -> Review:
    signed = sign_off(sheet, actor=acting(user), method="password")
    return give_receipt(signed, actor=acting(user))


def remove(user: User, item: ReviewItem) -> Revocation:
    """Say that the removal of an item has been done."""
    return carry_out(Revocation.objects.get(item=item), actor=acting(user), note="By hand")


def follow() -> None:
    """What the clock does within a minute of an import."""
    follow_imports(actor=CLOCK)
