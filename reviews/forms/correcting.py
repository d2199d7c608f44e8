"""What puts an item right on the sheet: a form that asks the question of its type, and what its
violations say is missing, and nothing else."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format

from accounts.enums import AccountType, Precision
from accounts.insights.words import Insight
from accounts.models import EmergencyUse
from reviews import rules
from reviews.actions.correcting import Naming, Shared
from reviews.forms.people import OwnerField, PersonField
from reviews.models import ReviewItem
from reviews.queries.sheets import Row
from reviews.queries.today import Today

PERSON, SHARED = "person", "shared"
_USE = "use_"


class CorrectionForm(forms.Form):
    """``way`` says how a generic name in personal use is put right: by registering it as SHARED,
    else by naming the PERSON whose it is."""

    purpose = forms.CharField(
        label="What is it for?", required=False, max_length=2000, help_text="In a sentence."
    )
    owner = OwnerField(
        label="Which team or person owns it?",
        required=False,
        help_text="Who answers for it: a team by its name, or a person.",
    )
    sponsor = PersonField(label="Who vouches for it?", required=False)
    end = forms.DateField(
        label="Until which day is it needed?",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    holder = PersonField(
        label="Whose account is it?",
        required=False,
        help_text="Or name its owner above, if it belongs to no single person.",
    )
    shared_until = forms.DateField(
        label="Shared until which day?",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="A year from today at the latest.",
    )
    shared_because = forms.CharField(
        label="Who shares it, and why?",
        max_length=2000,
        help_text="Why no account of their own would do.",
    )

    def __init__(self, data: QueryDict | None = None, *, row: Row, way: str = "") -> None:
        self.item, self.today, self.way = row.item, row.today, way
        super().__init__(data, auto_id=f"id_{row.item.pk}_%s", initial=_said(row.today))
        asked = asked_for(self.item, way)
        self.fields = {name: field for name, field in self.fields.items() if name in asked}
        if self.item.account_type == AccountType.SERVICE:
            self.fields["owner"].required = self.fields["purpose"].required = True
        if "holder" in asked and "owner" not in asked:
            self.fields["holder"].help_text = "A name or a mail."
        if self.today and self.item.account_type == AccountType.EMERGENCY:
            for use in self.today.unexplained:
                self.fields[f"{_USE}{use.pk}"] = _explanation(use)

    @property
    def press(self) -> str:
        """What its button says."""
        if self.way == SHARED:
            return "Register as shared"
        if self.way == PERSON:
            return "Assign"
        if any(name.startswith(_USE) for name in self.fields):
            return "Explain"
        if self.item.account_type == AccountType.SERVICE:
            return "This is right"
        return "Put right"

    def naming(self) -> Naming:
        """What was said; an owner or a purpose that stood there already is not named anew."""
        said = {
            name: value
            for name, value in self.cleaned_data.items()
            if value and (name in self.changed_data or name not in self.initial)
        }
        until, because = said.pop("shared_until", None), said.pop("shared_because", "")
        uses = {name: said.pop(name) for name in list(said) if name.startswith(_USE)}
        return Naming(
            **said,
            shared=Shared(until, because) if until else None,
            explained={int(name.removeprefix(_USE)): text for name, text in uses.items()},
        )


def _said(today: Today | None) -> dict[str, Any]:
    """What is known of owner and purpose, as the fields take it back."""
    if today is None:
        return {}
    account = today.account
    person = account.owner_person
    owner = account.owner_team.name if account.owner_team else ""
    if person and not owner:
        owner = f"{person.name} <{person.mail}>" if person.mail else person.name
    return {"owner": owner, "purpose": today.purpose}


def _explanation(use: EmergencyUse) -> forms.CharField:
    by_day = use.account.last_used_precision == Precision.DAY
    at = date_format(use.used_at, "j F Y" if by_day else "j F Y, H:i")
    zone = "" if by_day else " UTC"
    return forms.CharField(
        label=f"Used {at}{zone}: what for?",
        required=False,
        max_length=2000,
        help_text="In a sentence: by whom, and because of what.",
    )


_MISSING = {
    "no_owner": "owner",
    "owner_left": "owner",
    "no_purpose": "purpose",
    "no_sponsor": "sponsor",
    "sponsor_left": "sponsor",
    "no_end": "end",
    "expired": "end",
}


def asked_for(item: ReviewItem, way: str = "") -> set[str]:
    """Which fields would put the item's standing violations right; of a service account, always
    those that are to be confirmed."""
    service = item.account_type == AccountType.SERVICE
    asked: set[str] = {"owner", "purpose"} if service else set()
    for insight in item.insights:
        if insight["rule"] in rules.violations(item):
            asked |= _missing(insight, way)
    return asked


def _missing(insight: Insight, way: str) -> set[str]:
    if insight["rule"] == "S15":
        return {"shared_until", "shared_because"} if way == SHARED else {"holder"}
    if insight["rule"] == "S17":
        return {"holder", "owner"}
    problems = insight["value"].get("problems", [])
    return {_MISSING[problem] for problem in problems if problem in _MISSING}
