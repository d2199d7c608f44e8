"""What reviewers confirm of service accounts: that owner and purpose still hold."""

from __future__ import annotations

from django.db import models

from accounts.models import Account, Person, Team
from reviews.models.campaigns import Campaign


class Confirmation(models.Model):
    """One person's word that a service account's owner, be it a person or a team, and its
    purpose hold, written down as they stood then.

    It counts for every item of the account in its campaign, for as long as the account stays as
    it was confirmed; after a change it is asked for again.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="confirmations", db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="confirmations", db_index=False
    )
    owner_person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owner_team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owner_name = models.CharField(max_length=300, blank=True, default="")
    team_name = models.CharField(max_length=200, blank=True, default="")
    purpose = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    person_name = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("account", "campaign", name="confirmation_of_account")]

    def __str__(self) -> str:
        return f"{self.account}, confirmed by {self.person_name}"
