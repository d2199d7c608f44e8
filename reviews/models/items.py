"""Review items: what was judged, frozen as it stood at launch."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, NullIf

from accounts.enums import AccountStatus, AccountType, Answer, DataClass, LastUse, Severity
from accounts.models import Account, Entitlement, Grant, ImportRun, Person, System
from reviews.enums import Lane, Outcome, RoutedBy
from reviews.models.campaigns import Campaign, Review

MACHINES = (AccountType.SERVICE, AccountType.EMERGENCY)


def _named(*columns: str) -> Coalesce:
    """The first of the columns that is not blank."""
    return Coalesce(*(NullIf(F(column), Value("")) for column in columns), F("account_key"))


def _keyed(name: Coalesce | F, letter: str, key: str) -> Concat:
    number = Cast(F(key), models.TextField())
    return Concat(name, Value(f" {letter}"), number, output_field=models.CharField(max_length=450))


# Whom an item is about, as a text that sorts by name: the holder, or the account itself where it
# is a machine's or nobody's.
SUBJECT = Case(
    When(account_type__in=MACHINES, then=_keyed(_named("account_username"), "a", "account_id")),
    When(holder__isnull=False, then=_keyed(F("holder_name"), "p", "holder_id")),
    default=_keyed(_named("account_name", "account_username"), "a", "account_id"),
    output_field=models.CharField(max_length=450),
)


class ReviewItem(models.Model):
    """One grant, or one account whose rights are none or all baseline.

    The first part is frozen at launch: nothing is read from the live tables to show or prove
    an item later. Its keys are loose, since a launch would check eight of them for each item,
    which costs more than all the rest; the rows that they name are never deleted. Account and
    entitlement, whose rows are keyed by system and external id, are its identity across
    campaigns. ``commitment`` is the SHA-256 over ``salt`` and the JSON text of the frozen
    columns; ``place`` is its position under the campaign's ``scope_root``. ``insights`` is a
    list of {rule, outcome, value, source, as_of}; ``changes`` a list of {field, was, now}
    against the last certified item; ``paths`` every way in which the right is held, a direct
    one being blank.

    The second part moves: routing, ``outcome``, and for each stage a version, which every
    change of its standing decision raises, so that a click on a stale item is noticed;
    ``contested`` until the reviewer resolves such a click. ``corrected`` maps the rule of a
    violation that was corrected on the sheet to what was named. ``excepted_until`` is the end of
    the exception that is granted for it: until then, and no longer, it may be kept.

    ``subject`` is worked out by the database from frozen columns: items of one person, or of one
    machine's account, have the same, and lie beside each other on a sheet.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    place = models.PositiveBigIntegerField()
    system = models.ForeignKey(
        System, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="items", db_index=False, db_constraint=False
    )
    entitlement = models.ForeignKey(
        Entitlement,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    grant = models.ForeignKey(
        Grant,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    run = models.ForeignKey(
        ImportRun, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    as_of = models.DateTimeField()
    system_name = models.CharField(max_length=200)
    data_class = models.CharField(max_length=24, choices=DataClass)
    account_key = models.CharField(max_length=400)
    account_username = models.CharField(max_length=400)
    account_name = models.CharField(max_length=400)
    account_mail = models.CharField(max_length=320)
    account_type = models.CharField(max_length=16, choices=AccountType)
    type_evidence = models.CharField(max_length=400)
    account_status = models.CharField(max_length=16, choices=AccountStatus)
    account_created = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True)
    last_use = models.CharField(max_length=16, choices=LastUse)
    last_used_precision = models.CharField(max_length=8)
    mfa = models.CharField(max_length=16, choices=Answer)
    expires = models.DateField(null=True)
    purpose = models.TextField()
    holder = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    holder_name = models.CharField(max_length=300)
    holder_title = models.CharField(max_length=300)
    holder_team = models.CharField(max_length=200)
    holder_manager = models.CharField(max_length=300)
    holder_status = models.CharField(max_length=16)
    owner_name = models.CharField(max_length=300)
    sponsor_name = models.CharField(max_length=300)
    entitlement_key = models.CharField(max_length=400)
    right = models.CharField(max_length=400)
    permits = models.TextField()
    catalogue_version = models.PositiveIntegerField()
    privileged = models.BooleanField()
    baseline_rights = models.JSONField()
    paths = models.JSONField()
    granted = models.DateTimeField(null=True)
    granted_by = models.CharField(max_length=320)
    request_reference = models.CharField(max_length=200)
    seen_since = models.DateTimeField()
    insights = models.JSONField()
    worst = models.CharField(max_length=1, choices=Severity, blank=True)
    lane = models.PositiveSmallIntegerField(choices=Lane)
    is_new = models.BooleanField()
    changes = models.JSONField()
    previous = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    salt = models.CharField(max_length=32)
    commitment = models.CharField(max_length=64)

    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    first_reviewer = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    routed_by = models.CharField(max_length=16, choices=RoutedBy)
    routing_note = models.CharField(max_length=400, blank=True, default="")
    needs_second = models.BooleanField(default=False)
    second_review = models.ForeignKey(
        Review, null=True, on_delete=models.PROTECT, related_name="second_items", db_index=False
    )
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.OPEN)
    outcome_at = models.DateTimeField(null=True)
    contested = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    second_version = models.PositiveIntegerField(default=1)
    corrected = models.JSONField(default=dict)
    excepted_until = models.DateField(null=True)
    subject = models.GeneratedField(
        expression=SUBJECT, output_field=models.CharField(max_length=450), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account",
                "entitlement",
                "campaign",
                name="one_item_of_an_identity",
                nulls_distinct=False,
            ),
            models.UniqueConstraint("campaign", "place", name="item_place"),
        ]
        indexes = [
            models.Index("review", "lane", "subject", "id", name="item_sheet"),
            models.Index(
                "second_review",
                "id",
                condition=Q(second_review__isnull=False),
                name="item_second_sheet",
            ),
            models.Index("campaign", "outcome", name="item_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.right or self.account_username} in {self.system_name}"
