"""Launching a campaign, beside INSERT ... SELECT of the items that it froze."""

from typing import Any

from django.db import connection, transaction

from bench import company
from bench.stopwatch import Stopwatch
from reviews.actions.launching import launch_campaign
from reviews.actions.planning import plan_campaign
from reviews.models import Campaign, ReviewItem

QUARTER = "2026-Q4"


def forget_campaigns(**_: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # The guard of launched campaigns rests for this once: the database is thrown away.
        cursor.execute("ALTER TABLE reviews_campaign DISABLE TRIGGER launched_stays_all")
        cursor.execute("TRUNCATE reviews_campaign, jobs_job, jobs_message CASCADE")
        cursor.execute("ALTER TABLE reviews_campaign ENABLE TRIGGER launched_stays_all")
    company.settle_down()


def act(**_: Any) -> float:
    """Population, insights, lanes, routing, gates, the frozen items and their root: all of it."""
    campaign = plan_campaign(actor=company.sam(), quarter=QUARTER)
    with Stopwatch() as watch:
        launch_campaign(campaign, actor=company.sam())
    return watch.seconds


def limit(**_: Any) -> float:
    """The finished items into an empty table with the same keys and indexes."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_item (LIKE reviews_reviewitem INCLUDING ALL)")
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'reviews_reviewitem'::regclass AND contype = 'f'"
        )
        for (key,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE bare_item ADD {key}")
        # What the database works out by itself is not given to it.
        stored = [each for each in ReviewItem._meta.local_fields if not each.generated]
        columns = ", ".join(f'"{each.column}"' for each in stored)
        with Stopwatch() as watch, transaction.atomic():
            cursor.execute(
                f"INSERT INTO bare_item ({columns})"
                f" SELECT {columns} FROM reviews_reviewitem ORDER BY place"
            )
        cursor.execute("DROP TABLE bare_item")
    return watch.seconds


def give_all_to_owner(**_: Any) -> None:
    """One sheet with everything: a campaign in which the owner of the system reviews it."""
    _launch_anew(owner_reviews=True)


def give_to_managers(**_: Any) -> None:
    """A sheet for each manager."""
    _launch_anew(owner_reviews=False)


def _launch_anew(*, owner_reviews: bool) -> None:
    forget_campaigns()
    system = company.the_system()
    system.owner_reviews = owner_reviews
    system.save()
    launch_campaign(plan_campaign(actor=company.sam(), quarter=QUARTER), actor=company.sam())
    company.settle_down()


def campaign() -> Campaign:
    return Campaign.objects.get(quarter=QUARTER)
