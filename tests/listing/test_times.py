"""Times on a page are in the user's zone, and in UTC for those who point at them."""

from datetime import UTC, date, datetime

from django.utils import timezone

from listing.templatetags.times import day, long_moment, moment

LATE = datetime(2026, 10, 19, 22, 59, 59, tzinfo=UTC)


def test_moment_is_in_the_zone_of_the_user() -> None:
    with timezone.override("Europe/London"):
        assert moment(LATE) == (
            '<time datetime="2026-10-19T22:59:59+00:00" title="2026-10-19 22:59:59 UTC">'
            "19 Oct 2026, 23:59</time>"
        )
        assert long_moment(LATE).endswith(">Monday 19 October 2026, 23:59</time> (Europe/London)")
    with timezone.override("Asia/Tokyo"):
        assert day(LATE).endswith(">20 Oct 2026</time>")


def test_day_without_a_time_is_the_same_everywhere() -> None:
    with timezone.override("Asia/Tokyo"):
        assert day(date(2026, 10, 19)) == '<time datetime="2026-10-19">19 Oct 2026</time>'


def test_time_that_is_not_there_says_so() -> None:
    assert (moment(None, "never"), day(None), long_moment(None, "no end")) == (
        "never",
        "",
        "no end",
    )
