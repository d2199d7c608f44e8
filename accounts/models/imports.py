"""Import runs: what was read, by whom, how far it can be believed."""

from __future__ import annotations

from typing import Self

from django.db import models

from accounts.enums import RunState
from accounts.models.access import Account, Entitlement
from accounts.models.scopes import in_own_system, narrow
from accounts.models.systems import Source
from accounts.models.users import User


class RunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, in_own_system(user, "source__system__"))


class ImportRun(models.Model):
    """One read of one source, with its counts and its proof.

    ``read_at`` is the time of the facts: the export where it is stated, else the upload;
    ``proves_until`` is the time before which a removal must have been done to be proved by it,
    blank where it proves none. ``held_for`` lists, in full sentences, why a person must look
    at it, and ``warnings`` what is worth knowing. Counts are rows; ``vanished`` counts people,
    or grants and accounts without grants; ``matched`` counts accounts with a holder.

    ``mapping`` is field to column header. ``options`` says how to read the file where it does
    not say so itself: encoding, sheet, date_order (field to "dmy" or "mdy"), split (the sign
    between several rights in a cell). What was read lies in tables of its own, named for the
    run, until it is imported or discarded; ``preview`` holds what Import would do, and
    ``compared_with`` is the run whose picture that was worked out against.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=12, choices=RunState, default=RunState.UPLOADED)
    connector_version = models.CharField(max_length=40, blank=True, default="")
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    config_hash = models.CharField(max_length=64, blank=True, default="")
    exported_at = models.DateTimeField(null=True, blank=True)
    exported_by = models.CharField(max_length=320, blank=True, default="")
    report = models.CharField(max_length=400, blank=True, default="")
    source_count = models.PositiveBigIntegerField(null=True, blank=True)
    uploaded_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_by_ref = models.CharField(max_length=100)
    uploaded_at = models.DateTimeField()
    read_at = models.DateTimeField()
    staged_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_read = models.PositiveBigIntegerField(default=0)
    imported = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    created = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    vanished = models.PositiveBigIntegerField(default=0)
    matched = models.PositiveBigIntegerField(default=0)
    filled_columns = models.JSONField(default=list)
    preview = models.JSONField(default=dict)
    compared_with = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    warnings = models.JSONField(default=list)
    held_for = models.JSONField(default=list)
    taken_by_ref = models.CharField(max_length=100, blank=True, default="")
    taken_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by_ref = models.CharField(max_length=100, blank=True, default="")
    taken_reason = models.TextField(blank=True, default="")
    proves_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "source", condition=models.Q(state=RunState.IMPORTING), name="one_import_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["source", "-id"], name="run_latest")]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.source}"


class ImportFileQuerySet(models.QuerySet["ImportFile"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, in_own_system(user, "run__source__system__"))


class ImportFile(models.Model):
    """A file of a run, kept as it came: several may make one run."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="files")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=300)
    path = models.CharField(max_length=400, help_text="Below the folder of uploads.")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    encoding = models.CharField(max_length=40, blank=True, default="")
    delimiter = models.CharField(max_length=4, blank=True, default="")
    rows = models.PositiveBigIntegerField(default=0)

    objects = ImportFileQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("run", "place", name="file_place")]

    def __str__(self) -> str:
        return self.name


class RejectedRowQuerySet(models.QuerySet["RejectedRow"]):
    def visible_to(self, user: User) -> Self:
        return narrow(self, user, in_own_system(user, "run__source__system__"))


class RejectedRow(models.Model):
    """A row that could not be taken: where it stood, why, and what it said."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejected_rows")
    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="+")
    row_number = models.PositiveBigIntegerField(help_text="As a spreadsheet counts: headers are 1.")
    reason = models.CharField(max_length=400)
    fields = models.JSONField()

    objects = RejectedRowQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("run", "row_number", name="rejected_in_order")]

    def __str__(self) -> str:
        return f"row {self.row_number}: {self.reason}"


class ExpectedRemoval(models.Model):
    """A removal that has been ordered, so that its absence from an import is no surprise.

    Written by ``reviews``, read by the hold on shrinking imports. Without an entitlement the
    whole account is meant.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    entitlement = models.ForeignKey(
        Entitlement, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    ordered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account", "entitlement", name="expected_removal", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} is to lose {self.entitlement or 'everything'}"
