"""What is sent with a decision: the choice, the version that was seen, and what it needs."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict

from accounts.insights.words import Insight
from reviews import rules
from reviews.actions.deciding import Pick
from reviews.enums import Choice
from reviews.forms.people import OwnerField, PersonField
from reviews.models import ReviewItem

MOST_PICKS = 200
# Reasons that are pressed instead of typed; the trail holds them as if they were.
USUAL_REASONS: dict[str, tuple[str, ...]] = {
    Choice.CERTIFY: ("Needed for present duties", "On call", "Checked with the team"),
    Choice.CERTIFY_UNTIL: (),
    Choice.REVOKE: ("No longer needed", "Changed duties", "Left the project"),
    Choice.DONT_KNOW: (),
}


class DecisionForm(forms.Form):
    """``usual`` is a reason that was pressed, ``reason`` one that was typed."""

    choice = forms.ChoiceField(choices=Choice.choices)
    version = forms.IntegerField(min_value=1)
    reason = forms.CharField(required=False, max_length=1000)
    usual = forms.CharField(required=False, max_length=200)
    until = forms.DateField(required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["reason"] = found.get("usual") or found.get("reason") or ""
        return found


class BulkForm(forms.Form):
    """Several rows at once: each pick is the item and the version that was seen, a folded row
    several of them; ``usual`` is a reason that was pressed."""

    choice = forms.ChoiceField(
        choices=[(c.value, c.label) for c in (Choice.CERTIFY, Choice.REVOKE)]
    )
    reason = forms.CharField(required=False, max_length=1000)
    usual = forms.CharField(required=False, max_length=200)
    confirmed = forms.BooleanField(required=False)

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["reason"] = found.get("usual") or found.get("reason") or ""
        found["picks"] = _read_picks(cast("QueryDict", self.data).getlist("pick"))
        return found


def _read_picks(texts: Sequence[str]) -> list[Pick]:
    """The rows that were picked, each once; ValidationError where there are none."""
    try:
        parts = (part for text in texts for part in text.split())
        picks = {Pick(*map(int, part.split(":"))) for part in parts}
    except (ValueError, TypeError) as error:
        raise forms.ValidationError("Reload the page, then pick the rows again.") from error
    if not picks:
        raise forms.ValidationError("Pick the rows of one lane first, then decide on them.")
    if len(picks) > MOST_PICKS:
        raise forms.ValidationError(
            f"At most {MOST_PICKS} rights are decided at once, and these are {len(picks)}: "
            "pick fewer, or search for some of them first."
        )
    return sorted(picks)


class ReassignForm(forms.Form):
    to = PersonField(label="Who judges it instead?")
    reason = forms.CharField(
        label="Why", max_length=400, help_text='For example "Not my report since September".'
    )


class CorrectionForm(forms.Form):
    """Asks for what the item's violations say is missing, and for nothing else."""

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

    def __init__(self, data: QueryDict | None = None, *, item: ReviewItem) -> None:
        super().__init__(data, auto_id=f"id_{item.pk}_%s")
        asked = asked_for(item)
        self.fields = {name: field for name, field in self.fields.items() if name in asked}


_MISSING = {
    "no_owner": "owner",
    "owner_left": "owner",
    "no_purpose": "purpose",
    "no_sponsor": "sponsor",
    "sponsor_left": "sponsor",
    "no_end": "end",
    "expired": "end",
}


def asked_for(item: ReviewItem) -> set[str]:
    """Which fields would put the item's standing violations right."""
    asked: set[str] = set()
    for insight in item.insights:
        if insight["rule"] in rules.violations(item):
            asked |= _missing(insight)
    return asked


def _missing(insight: Insight) -> set[str]:
    if insight["rule"] == "S17":
        return {"holder", "owner"}
    problems = insight["value"].get("problems", [])
    return {_MISSING[problem] for problem in problems if problem in _MISSING}
