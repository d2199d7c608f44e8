"""What the background does for the reviews: each handler one bounded chunk, safe to repeat."""

from accounts.models import User
from audit import sealing
from audit.actors import Actor, Channel
from jobs.models import Job
from jobs.queue import Step, owns_transactions
from reviews.actions import notices
from reviews.actions.evidence import keep_package
from reviews.actions.following import follow_imports
from reviews.actions.launching import launch_campaign
from reviews.actions.planning import make_preview
from reviews.actions.timing import CLOCK, complete_receipts, keep_time
from reviews.launch.gates import GateClosed
from reviews.models import Campaign

SHEETS_A_CHUNK = 100


def preview(job: Job) -> Step:
    """Work out the preview of a plan; payload: campaign."""
    found = make_preview(Campaign.objects.get(pk=job.payload["campaign"]))
    return Step.done({"items": found["items"]})


def launch(job: Job) -> Step:
    """Launch a plan in the name of whoever asked; payload: campaign, user, request."""
    actor = _asker(job)
    campaign = Campaign.objects.get(pk=job.payload["campaign"])
    try:
        campaign = launch_campaign(campaign, actor=actor)
    except GateClosed as refusal:
        return Step.done({"closed": [gate.as_json() for gate in refusal.gates]})
    return Step.done({"items": campaign.items_count})


def announce(job: Job) -> Step:
    """Tell the reviewers of a launch, a chunk of sheets at a time; payload: campaign."""
    campaign = Campaign.objects.get(pk=job.payload["campaign"])
    after = job.cursor.get("after", 0)
    last = notices.announce_launch(campaign, actor=CLOCK, after=after, most=SHEETS_A_CHUNK)
    return Step.done() if last is None else Step.more({"after": last})


@owns_transactions
def seal(job: Job) -> Step:
    """Sign a checkpoint right after a launch or a close; payload: stream."""
    checkpoint = sealing.publish_checkpoint(job.payload["stream"])
    return Step.done({"size": checkpoint.size})


@owns_transactions
def receipts(job: Job) -> Step:  # noqa: ARG001  the clock carries no payload
    """Receipts of sheets that were signed off just before a crash."""
    return Step.done({"given": complete_receipts()})


@owns_transactions
def evidence(job: Job) -> Step:
    """Make a package in the name of whoever asked; payload: campaign, user, request."""
    campaign = Campaign.objects.get(pk=job.payload["campaign"])
    package = keep_package(campaign, actor=_asker(job))
    return Step.done({"package": package.pk})


def follow(job: Job) -> Step:  # noqa: ARG001  it follows every run that nobody has
    """What finished imports mean for the reviews; the clock does so too, should this be lost."""
    return Step.done({"imports": follow_imports(actor=CLOCK)})


def tick(job: Job) -> Step:  # noqa: ARG001  the clock carries no payload
    """What is due by now: reminders, escalations, removals to send, imports to follow."""
    return Step.done(keep_time())


def _asker(job: Job) -> Actor:
    """Who asked for the job on a page, or the system where nobody did."""
    user = User.objects.filter(pk=job.payload["user"]).first()
    if user is None:
        return CLOCK
    return Actor.user(user.pk, Channel.PAGE, request=job.payload["request"])
