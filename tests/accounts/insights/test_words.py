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
