"""Insights in words: value, source, date; unknown is said, never guessed."""

from typing import Any

import pytest

from accounts.insights import label, ranked, sentence

AS_OF = {"source": "AWS", "as_of": "2026-10-05T04:00:00+00:00"}
FROM_AWS = "From AWS, as of 5 October 2026, 04:00 UTC."
LEFT = {"left_on": "2026-09-30", "gone_at": None, "status": "left", "account_status": "active"}
GONE = {"status": "gone", "left_on": None, "gone_at": "2026-10-03T04:00:00+00:00"}


@pytest.mark.parametrize(
    ("rule", "value", "words", "chip"),
    [
        (
            "S1",
            {**LEFT, "used_after": "yes"},
            (
                "Its holder left on 30 September 2026, and the account is live; "
                "it was used after that."
            ),
            "Left on 30 September 2026",
        ),
        (
            "S1",
            {**LEFT, **GONE, "account_status": "unknown", "used_after": "unknown"},
            (
                "Its holder has been gone from the roster since 3 October 2026, and the account "
                "counts as live, since its status is unknown; "
                "whether it was used after that is unknown."
            ),
            "Gone from the roster",
        ),
        (
            "S1",
            {**LEFT, "left_on": None, "used_after": "no"},
            (
                "Its holder has left, on a day that is not known, and the account is live; "
                "it was not used after that."
            ),
            "Holder has left",
        ),
        (
            "S2",
            {
                "last_used": "2026-06-01T00:00:00+00:00",
                "precision": "day",
                "days": 126,
                "over": "revoke",
                "limit": 90,
                "on_leave": False,
            },
            "Last used 1 June 2026 by day, 126 days before it was read: more than 90 days.",
            "Not used for 126 days",
        ),
        (
            "S2",
            {
                "last_used": "2026-08-20T10:00:00+00:00",
                "precision": "exact",
                "days": 46,
                "over": "sensitive",
                "limit": 35,
                "on_leave": True,
            },
            (
                "Last used 20 August 2026, 46 days before it was read: more than 35 days for "
                "privileged or Customer Confidential access. Its holder is on leave."
            ),
            "Not used for 46 days",
        ),
        (
            "S3",
            {"created": "2026-06-01T00:00:00+00:00", "days": 126},
            "Never used, and created on 1 June 2026, 126 days before.",
            "Never used",
        ),
        (
            "S3",
            {"created": None, "days": 40},
            "Never used in the 40 days that it has been known here.",
            "Never used",
        ),
        (
            "S4",
            {"created": "2026-10-01T00:00:00+00:00", "days": 4},
            "Created on 1 October 2026: too young to be called unused.",
            "Created on 1 October 2026",
        ),
        (
            "S5",
            {"last_use": "not_available"},
            "Last use is not available: the source does not tell it.",
            "Last use not available",
        ),
        (
            "S5",
            {"last_use": "unknown"},
            "Last use is unknown: the source says nothing of this account.",
            "Last use unknown",
        ),
        (
            "S7",
            {"by": "catalogue"},
            "Privileged, by the catalogue: it is decided one by one, with a reason.",
            "Privileged",
        ),
        (
            "S8",
            {"what": "raised"},
            "The right has been raised since it was last judged.",
            "Right raised",
        ),
        (
            "S8",
            {"what": "new"},
            "It has never been kept in a review that is closed.",
            "New since last review",
        ),
        (
            "S10",
            {"revoked": "2026-07-10T09:00:00+00:00", "verified": None, "revocation": 4},
            "Revoked on 10 July 2026 and proved gone on an unknown day, it is there again.",
            "Revoked before",
        ),
        (
            "S12",
            {"problems": ["expired", "no_sponsor", "long"], "ends": "2026-09-30"},
            (
                "Temporary account: its end date, 30 September 2026, has passed, it has no sponsor "
                "and it lasts longer in all than temporary accounts should."
            ),
            "Expired on 30 September 2026",
        ),
        (
            "S12",
            {"problems": ["no_end"], "ends": None},
            "Temporary account: it has no end date.",
            "No end date",
        ),
        (
            "S13",
            {"problems": ["no_owner", "no_purpose"], "named": None},
            "Service account: no person and no team owns it and no purpose is recorded.",
            "No owner",
        ),
        (
            "S13",
            {"problems": ["no_owner"], "named": "dba-crew"},
            "Service account: its source names dba-crew as owner, known here as nobody.",
            "No owner",
        ),
        (
            "S6",
            {"held": 1, "peers": 12, "by": "manager"},
            "Held by 1 of 12 people with the same manager.",
            "Held by 1 of 12 peers",
        ),
        (
            "S6",
            {"held": 2, "peers": 14, "by": "team"},
            "Held by 2 of 14 people of the same team.",
            "Held by 2 of 14 peers",
        ),
        (
            "S9",
            {"campaigns": 2},
            "It was left undecided in the last 2 reviews.",
            "Undecided in 2 reviews",
        ),
        (
            "S11",
            {"moved": "2026-09-20T04:00:00+00:00", "decided": "2026-07-10T09:00:00+00:00"},
            (
                "Its holder's team, title or manager changed on 20 September 2026, after it was "
                "last kept on 10 July 2026."
            ),
            "Moved on 20 September 2026",
        ),
        (
            "S14",
            {"last_interactive": "2026-09-20T04:00:00+00:00", "since": None},
            "Service account that somebody signed in with at a screen on 20 September 2026.",
            "Used at a screen",
        ),
        (
            "S14",
            {
                "last_interactive": "2026-09-20T04:00:00+00:00",
                "since": "2026-07-01T04:00:00+00:00",
            },
            (
                "Service account that somebody signed in with at a screen on 20 September 2026, "
                "after the facts of 1 July 2026 that the last review judged."
            ),
            "Used at a screen",
        ),
        (
            "S15",
            {"why": "generic_name", "login": "reception"},
            "Personal account with a name that tells of nobody, “reception”.",
            "Generic name",
        ),
        (
            "S15",
            {"why": "no_human_name", "login": "xk-1"},
            "Personal account that bears no person's name, “xk-1”.",
            "No person's name",
        ),
        (
            "S15",
            {"why": "several_people", "login": "lena"},
            "Personal account that two people hold, “lena”.",
            "Held by two people",
        ),
        (
            "S16",
            {"problems": ["unexplained_use"], "uses": 1, "reviewed": None, "days": 3},
            "Emergency account: a use is not explained.",
            "Use not explained",
        ),
        (
            "S16",
            {
                "problems": ["unexplained_use", "not_validated"],
                "uses": 2,
                "reviewed": None,
                "days": 120,
            },
            (
                "Emergency account: 2 uses are not explained and no review has validated it in "
                "the 120 days that it has been known."
            ),
            "Use not explained",
        ),
        (
            "S16",
            {
                "problems": ["not_validated"],
                "uses": 0,
                "reviewed": "2026-06-01T04:00:00+00:00",
                "days": 126,
            },
            (
                "Emergency account: the last review judged it by the facts of 1 June 2026, "
                "126 days before it was read."
            ),
            "Not validated",
        ),
        (
            "S18",
            {"accounts": 2},
            "Its holder has 2 personal accounts in this system.",
            "2 accounts of one person",
        ),
        (
            "S19",
            {
                "conflicts": [
                    {"name": "Pay and approve", "right": "Approve refunds", "system": "CRM"}
                ]
            },
            (
                "Its holder has rights that nobody should hold together: Pay and approve "
                "(with “Approve refunds” in CRM)."
            ),
            "Conflict of duties",
        ),
        (
            "S20",
            {},
            "Customer Confidential, and no request, purpose or reason is recorded for it.",
            "No need recorded",
        ),
        (
            "S21",
            {"problems": ["no_mfa"], "changed": None, "days": None},
            "Privileged, without a second factor.",
            "No second factor",
        ),
        (
            "S21",
            {
                "problems": ["no_mfa", "old_secret"],
                "changed": "2026-06-01T04:00:00+00:00",
                "days": 126,
            },
            (
                "Privileged, without a second factor and with a password or key last changed on "
                "1 June 2026, 126 days before it was read."
            ),
            "No second factor",
        ),
        (
            "S21",
            {"problems": ["old_secret"], "changed": "2026-06-01T04:00:00+00:00", "days": 126},
            (
                "Privileged, with a password or key last changed on 1 June 2026, 126 days before "
                "it was read."
            ),
            "Password or key is old",
        ),
        (
            "S22",
            {"team": "Support", "allowed": ["IT Operations", "Security"]},
            (
                "Held by somebody of the team Support; the right is only for IT Operations and "
                "Security."
            ),
            "Outside its teams",
        ),
        (
            "S22",
            {"team": None, "allowed": ["IT Operations"]},
            "Held by somebody of no team; the right is only for IT Operations.",
            "Outside its teams",
        ),
        (
            "S23",
            {"worker_type": "contractor", "allowed": ["auditor", "guest"]},
            "Temporary account for the role contractor; the right is only for auditor and guest.",
            "Beyond its role",
        ),
        (
            "S23",
            {"worker_type": "contractor", "allowed": []},
            "Temporary account for the role contractor; the right is for no temporary account.",
            "Beyond its role",
        ),
        (
            "S17",
            {},
            "It is linked to no person and owned by no team.",
            "Belongs to nobody",
        ),
    ],
)
def test_sentence_and_label(rule: str, value: dict[str, Any], words: str, chip: str) -> None:
    insight = {"rule": rule, "outcome": "V", "value": value, **AS_OF}
    assert (sentence(insight), label(insight)) == (f"{words} {FROM_AWS}", chip)


def test_sentence_without_a_source() -> None:
    insight: dict[str, Any] = {"rule": "S17", "outcome": "V", "value": {}, **AS_OF, "source": None}
    assert sentence(insight).endswith("team. As of 5 October 2026, 04:00 UTC.")


def test_ranked_puts_the_most_serious_first() -> None:
    rules = [{"rule": rule, "outcome": rule} for rule in ("I", "R", "V", "L")]
    assert [insight["rule"] for insight in ranked(rules)] == ["V", "R", "L", "I"]
