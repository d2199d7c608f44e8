"""What the clock does: each step finds its own due rows, so that running it twice changes
nothing and missing a beat loses nothing."""

from datetime import timedelta

from django.db import transaction

import clock
from audit import trail
from audit.actors import Actor
from audit.verbs import Verb
from reviews.actions import checking_notices, exception_notices, notices, removal_notices
from reviews.actions.authority import require_campaign_runner
from reviews.actions.excepting import end_exceptions
from reviews.actions.following import follow_imports
from reviews.actions.mistakes import lapse_corrections
from reviews.actions.pacing import purge_pace
from reviews.actions.rechecking import ask_again, end_settled, lapse_unanswered
from reviews.actions.rerouting import escalate_overdue, replace_holders
from reviews.actions.revoking import send_due
from reviews.actions.signing import give_missing_receipts
from reviews.enums import CampaignState
from reviews.models import Campaign

ESCALATE_AFTER = timedelta(days=3)
CLOCK = Actor.system("clock")


def keep_time() -> dict[str, int]:
    """Everything that is due by now; how much of each there was comes back."""
    followed = follow_imports(actor=CLOCK)
    sent = send_due(actor=CLOCK)
    ended = end_exceptions(actor=CLOCK)
    settled = end_settled(actor=CLOCK)
    asked = ask_again(actor=CLOCK)
    reminded = escalated = taken_away = 0
    for campaign in Campaign.objects.filter(state=CampaignState.OPEN).order_by("pk"):
        taken_away += replace_holders(campaign, actor=CLOCK)
        reminded += notices.remind(campaign, actor=CLOCK)
        if clock.now() > campaign.due_at + ESCALATE_AFTER:
            escalated += escalate_overdue(campaign, actor=CLOCK)
    return {
        "imports_followed": followed,
        "removals_sent": sent,
        "sheets_reminded": reminded,
        "items_escalated": escalated,
        "own_access_moved": taken_away,
        "exceptions_ended": ended,
        "exceptions_warned": exception_notices.warn_of_ends(actor=CLOCK),
        "asked_again": asked,
        "answers_not_needed": settled,
        "answers_missed": lapse_unanswered(actor=CLOCK),
        "removers_reminded": removal_notices.remind_removals(actor=CLOCK),
        "corrections_lapsed": lapse_corrections(actor=CLOCK),
        "checkers_told": checking_notices.tell_checkers(actor=CLOCK),
        "times_purged": purge_pace(actor=CLOCK),
    }


def remind_now(campaign: Campaign, *, actor: Actor) -> int:
    """Remind everybody who has something to decide, at most once a day; how many comes back."""
    with transaction.atomic():
        require_campaign_runner(actor)
        sheets = notices.remind_by_hand(campaign, actor=actor)
        trail.record(
            Verb.CAMPAIGN_REMINDED,
            actor=actor,
            target=f"campaign:{campaign.pk}",
            data={"sheets": sheets},
            stream=campaign.stream,
        )
    return sheets


def complete_receipts() -> int:
    """Receipts that a crash has prevented; apart, since sealing wants no open transaction."""
    return give_missing_receipts(actor=CLOCK)
