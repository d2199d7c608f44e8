"""The statuses of campaigns, items, decisions and revocations, and the legal moves between them."""

from django.db.models import IntegerChoices, TextChoices


class CampaignState(TextChoices):
    PLANNED = "planned", "Planned"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class Lane(IntegerChoices):
    """How an item stands against the last review; the value is the order on the sheet."""

    MUST_LOOK = 1, "Must look"
    CHANGED = 2, "Changed"
    NEW = 3, "New"
    UNCHANGED = 4, "Unchanged"


class Stage(IntegerChoices):
    """Privileged items are judged by two people; each decision bears its stage. A second look
    that overturns is a revoke of its own beside theirs."""

    FIRST = 1, "Reviewer"
    SECOND = 2, "Second person"
    LOOK = 3, "Second look"


class Outcome(TextChoices):
    """What an item has come to so far. GONE and NOT_REVIEWED bear no reviewer's name."""

    OPEN = "open", "Open"
    CERTIFIED = "certified", "Certified"
    CERTIFIED_UNTIL = "certified_until", "Certified until"
    REVOKED = "revoked", "Revoked"
    GONE = "gone", "Gone before decision"
    NOT_REVIEWED = "not_reviewed", "Not reviewed"


class Choice(TextChoices):
    CERTIFY = "certify", "Keep"
    CERTIFY_UNTIL = "certify_until", "Keep until"
    REVOKE = "revoke", "Revoke"
    DONT_KNOW = "dont_know", "Don't know"


class DecisionState(TextChoices):
    """One decision STANDS for each item and stage; the others are kept beside it."""

    STANDING = "standing", "Stands"
    REPLACED = "replaced", "Replaced by a later one"
    UNDONE = "undone", "Undone"
    CONTESTED = "contested", "Contested"
    PROPOSED = "proposed", "Proposed to the successor"


class ExceptionState(TextChoices):
    """ASKED waits for another person's approval; only GRANTED lets a forbidden access be kept."""

    ASKED = "asked", "Asked for"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    ENDED = "ended", "Ended"


class RecheckState(TextChoices):
    """What became of a "keep until" that was asked again on its day.

    LAPSED and FOUND are what silence comes to: a removal, or for service and emergency accounts
    a finding. OVERTAKEN is what something else has settled: a removal under way, a later review.
    """

    ASKED = "asked", "Asked again"
    KEPT = "kept", "Kept until another day"
    REVOKED = "revoked", "Revoked"
    LAPSED = "lapsed", "Revoked, since nobody answered"
    FOUND = "found", "A finding, since nobody answered"
    GONE = "gone", "Gone already"
    OVERTAKEN = "overtaken", "Settled elsewhere"


class ReviewState(TextChoices):
    OPEN = "open", "Open"
    SIGNED = "signed", "Signed off"


class CorrectionState(TextChoices):
    ASKED = "asked", "Asked"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    LAPSED = "lapsed", "Lapsed unanswered"


class LookRule(TextChoices):
    """How a decision came under a second look."""

    RECOMMENDED = "recommended", "Kept although removal was recommended"
    HIGH_RISK = "high_risk", "High risk, kept"
    SAMPLE = "sample", "Drawn at random"


class LookResult(TextChoices):
    OPEN = "open", "Not looked at yet"
    AGREED = "agreed", "Agreed"
    OVERTURNED = "overturned", "Overturned"


class RoutedBy(TextChoices):
    """Why an item lies with its reviewer."""

    MANAGER = "manager", "Manager of the holder"
    SPONSOR = "sponsor", "Sponsor of the account"
    TEAM_LEAD = "team_lead", "Lead of the owning team"
    SYSTEM_OWNER = "system_owner", "Owner of the system"
    FALLBACK = "fallback", "Fallback"
    REASSIGNED = "reassigned", "Reassigned"
    ESCALATED = "escalated", "Escalated after the deadline"
    SUCCESSOR = "successor", "The reviewer left"
    OWN_ACCESS = "own_access", "It has become the reviewer's own access"
    DONE_AGAIN = "done_again", "To be done again after a second look"


class ExclusionRule(TextChoices):
    DISABLED = "disabled", "Disabled account without a live key"
    BASELINE = "baseline", "Baseline right, folded into an item of the same account"
    PATH = "path", "Further path to a right that is an item already"
    OTHER_CAMPAIGN = "other_campaign", "Under review in another open campaign"


class Gate(TextChoices):
    """The launch gates of the policy; only G1 and G3 block, G2 and G4 ask."""

    UNCOVERED = "G0", "System without a complete import"
    STALE = "G1", "Source is stale"
    GROWN = "G2", "Source has grown suspiciously"
    NO_REVIEWER = "G3", "Items without a valid reviewer"
    OVERDUE = "G4", "Removals are overdue"
    SECOND_MISSING = "G5", "Privileged items without a second person"


class Risk(TextChoices):
    """What decides the deadline of a removal, in calendar hours from the decision."""

    URGENT = "urgent", "Violation or leaver: 24 hours"
    HIGH = "high", "Privileged or Customer Confidential: 3 days"
    NORMAL = "normal", "Others: 7 days"


class RevocationState(TextChoices):
    """WAITING can still be undone; DONE is somebody's word; only VERIFIED is proof."""

    WAITING = "waiting", "Waiting to go out"
    OPEN = "open", "To carry out"
    DONE = "done", "Done, not yet proved"
    FAILED = "failed", "Failed, still there"
    VERIFIED = "verified", "Verified gone"
    CANCELLED = "cancelled", "Cancelled"


REVOCATION_MOVES: dict[str, frozenset[str]] = {
    RevocationState.WAITING: frozenset(
        {RevocationState.OPEN, RevocationState.CANCELLED, RevocationState.VERIFIED}
    ),
    RevocationState.OPEN: frozenset(
        {RevocationState.DONE, RevocationState.VERIFIED, RevocationState.FAILED}
    ),
    RevocationState.DONE: frozenset({RevocationState.VERIFIED, RevocationState.FAILED}),
    RevocationState.FAILED: frozenset({RevocationState.DONE, RevocationState.VERIFIED}),
    RevocationState.VERIFIED: frozenset(),
    RevocationState.CANCELLED: frozenset(),
}

RISK_HOURS: dict[str, int] = {Risk.URGENT: 24, Risk.HIGH: 72, Risk.NORMAL: 168}

# Measured on nothing yet but the sheet's own layout: how long an item takes, in seconds.
SECONDS_A_LANE: dict[int, int] = {
    Lane.MUST_LOOK: 25,
    Lane.CHANGED: 15,
    Lane.NEW: 12,
    Lane.UNCHANGED: 4,
}
