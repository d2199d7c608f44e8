"""Evidence packages that were made: where each lies, and its digest."""

from __future__ import annotations

from django.db import models

from reviews.models.campaigns import Campaign


class EvidencePackage(models.Model):
    """One package of a campaign, interim or final, as it was written below the data folder."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="packages")
    path = models.CharField(max_length=400)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    interim = models.BooleanField()
    fingerprint = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by_ref = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.campaign}, {'interim' if self.interim else 'final'}"
