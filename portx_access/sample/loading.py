"""Tells the sample company's story to the product: two quarters, as their people lived them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import connection

import clock
from accounts.actions.accounts import set_end_date
from accounts.actions.findings import confirm_cause
from accounts.actions.registers import explain_use
from accounts.enums import Cause
from accounts.models import Account, EmergencyUse, Finding
from audit.actors import Actor
from jobs.models import Job, JobState
from jobs.runner import drain
from portx_access.sample import company_at, last_quarter, stories, write_company
from portx_access.sample.acting import Work, beat
from portx_access.sample.cast import SignIn, actor_of, found_office, invite
from portx_access.sample.company import mail_of
from portx_access.sample.dates import Moment, at
from portx_access.sample.diary import Diary
from portx_access.sample.feeding import (
    StoryBroken,
    describe,
    explain,
    feed,
)
from portx_access.sample.manifest import Manifest, SourceFile
from portx_access.sample.systems import OKTA
from reviews.actions.closing import approve_close, request_close
from reviews.actions.evidence import start_evidence
from reviews.actions.launching import start_launch
from reviews.actions.planning import (
    approve_override,
    plan_campaign,
    request_override,
    start_preview,
)
from reviews.actions.revoking import order_for_finding
from reviews.enums import CampaignState
from reviews.models import Campaign

ADMINISTRATOR, SECURITY, AUDITOR = "ada.kowalczyk", stories.SECURITY_LEAD, "carol.whitfield"


def load(folder: Path, *, today: date, say: Callable[[str], object]) -> list[SignIn]:
    """Tell the story into an empty database; ``folder`` takes the files that are imported."""
    with _not_waiting_for_the_disk():
        sign_ins = Story(folder, today, say).tell()
    failed = Job.objects.filter(state=JobState.FAILED).first()
    if failed:
        raise StoryBroken(f"{failed.kind}: {failed.error}")
    return sign_ins


@contextmanager
def _not_waiting_for_the_disk() -> Iterator[None]:
    """A power cut would cost the last second of a story that can be told again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


class Story:
    """From the first administrator to yesterday evening."""

    def __init__(self, folder: Path, today: date, say: Callable[[str], object]) -> None:
        self.folder, self.today, self.say = folder, today, say
        self.world = company_at(today, "before")
        self.dates = self.world.dates
        self.diary = Diary(self._evening("before"))

    def tell(self) -> list[SignIn]:
        self.say("The first quarter: files, logins, catalogues.")
        sign_ins = self._found()
        self.say("The first review.")
        self._last_quarter()
        self.say("The second quarter, and its review so far.")
        self._this_quarter()
        return sign_ins

    def _evening(self, moment: Moment) -> datetime:
        return at(self.dates.day(moment), 21)

    def _files(self, moment: Moment) -> Manifest:
        return write_company(self.folder / moment, today=self.today, quarter=moment)

    def _found(self) -> list[SignIn]:
        files, evening = self._files("before"), self._evening("before")
        first, *others = files.logins
        with clock.set_to(evening):
            sign_ins = [found_office(first, self.world.people[ADMINISTRATOR].name)]
            ada = actor_of(ADMINISTRATOR)
        self._feed(files.rosters, evening, ada)
        self.diary.live_until(evening + timedelta(minutes=10))
        with clock.set_to(evening + timedelta(minutes=10)):
            sign_ins += invite(others, actor=ada)
            sam = actor_of(SECURITY)
            describe(files, actor=sam)
        self._feed(files.exports, evening + timedelta(minutes=10), sam)
        self.diary.live_until(evening + timedelta(minutes=40))
        with clock.set_to(evening + timedelta(minutes=40)):
            explain(files, actor=sam)
            beat()
        return sign_ins

    def _feed(self, files: Iterable[SourceFile], begins: datetime, actor: Actor) -> None:
        """One file every two minutes."""
        for place, file in enumerate(files):
            minute = begins + timedelta(minutes=2 * place)
            self.diary.note(minute, partial(feed, file, actor=actor))

    def _last_quarter(self) -> None:
        closed = stories.closed_at(self.world)
        work = self._launch("last", self.dates.last_quarter)
        self._beat_daily(work, closed)
        self.diary.note(self._evening("settled"), partial(self._import, "settled"))
        self.diary.note(closed - timedelta(hours=1), partial(self._ask_to_close, work.campaign))
        self.diary.note(closed, partial(self._close, work.campaign))
        self.diary.live_until(closed + timedelta(minutes=1))

    def _this_quarter(self) -> None:
        self.diary.note(self._evening("settled") + timedelta(minutes=40), self._explain_uses)
        for weeks in range(1, 10):
            self.diary.note(stories.closed_at(self.world) + timedelta(weeks=weeks), beat)
        self.diary.note(self._evening("now"), partial(self._import, "now"))
        self.diary.note(self._evening("now") + timedelta(minutes=40), self._prolong)
        launched = stories.launched_at(self.world, "this")
        self.diary.live_until(launched - timedelta(hours=3))
        work = self._launch("this", self.dates.quarter)
        self.diary.note(launched + timedelta(minutes=10), partial(self._order_leavers, work))
        end = self._evening("latest") + timedelta(hours=1)
        self._beat_daily(work, end)
        self.diary.note(self._evening("latest"), partial(self._import, "latest"))
        self.diary.live_until(end)

    def _import(self, moment: Moment) -> None:
        """All files of that evening, and half an hour later what follows from them."""
        files, evening = self._files(moment), self._evening(moment)
        self._feed([*files.rosters, *files.exports], evening, actor_of(SECURITY))
        self.diary.note(evening + timedelta(minutes=30), beat)

    def _launch(self, review: stories.Review, quarter: str) -> Work:
        """Plan on the eve; on the morning ask for leave where gates are closed, and launch."""
        sam, launched = actor_of(SECURITY), stories.launched_at(self.world, review)
        with clock.set_to(launched - timedelta(hours=11)):
            campaign = plan_campaign(
                actor=sam, quarter=quarter, due=stories.due_on(self.world, review)
            )
            start_preview(campaign, actor=sam)
            drain()
        with clock.set_to(launched - timedelta(minutes=40)):
            campaign.refresh_from_db()
            if campaign.preview["gates"]:
                request_override(campaign, actor=sam, reason=stories.LAUNCH_REASONS[review])
        with clock.set_to(launched - timedelta(minutes=15)):
            if campaign.preview["gates"]:
                approve_override(campaign, actor=actor_of(stories.APPROVER))
        with clock.set_to(launched):
            start_launch(campaign, actor=sam)
            drain()
            campaign.refresh_from_db()
            if campaign.state != CampaignState.OPEN:
                raise StoryBroken(f"{campaign} was not launched: {campaign.gates}")
            work = Work(campaign, review, self.world, self.diary)
            work.begin()
        return work

    def _beat_daily(self, work: Work, end: datetime) -> None:
        begins = stories.launched_at(self.world, work.review)
        for days in range((end - begins).days + 1):
            for hours in (3, 8):
                self.diary.note(begins + timedelta(days=days, hours=hours), work.beat)

    def _explain_uses(self) -> None:
        """What the emergency accounts were used for that nobody had told apart before."""
        for use in EmergencyUse.objects.filter(explained_at=None).order_by("pk"):
            explain_use(use, actor=actor_of(SECURITY), explanation=stories.EMERGENCY_USE)

    def _prolong(self) -> None:
        """The end of a contract that was found after the first review."""
        mail = mail_of("ana.beltran")
        account = Account.objects.get(system__name=OKTA, person__mail=mail)
        set_end_date(account, actor=actor_of(SECURITY), expires=last_quarter.ana_until(self.world))

    def _order_leavers(self, work: Work) -> None:
        """What must not wait for a reviewer: the forgotten accounts of people who have left."""
        sam = actor_of(SECURITY)
        for order in stories.leaver_orders():
            finding = Finding.objects.get(
                rule="S1",
                state="open",
                system__name=order.system,
                account__person__mail=mail_of(order.person),
            )
            order_for_finding(finding, actor=sam, reason=order.reason)
            confirm_cause(finding, actor=sam, cause=Cause.OVERLOOKED, note=order.reason)
        work.take_up_removals()

    def _ask_to_close(self, campaign: Campaign) -> None:
        request_close(campaign, actor=actor_of(SECURITY), reason=stories.CLOSING_REASON)

    def _close(self, campaign: Campaign) -> None:
        """With the gaps that there are: one system without a source, one removal not done."""
        approve_close(campaign, actor=actor_of(stories.APPROVER))
        start_evidence(campaign, actor=actor_of(SECURITY))
        beat()
