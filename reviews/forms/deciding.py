"""What is sent with a decision: the choice, the version that was seen, and what it needs."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict

from reviews.actions.deciding import Pick
from reviews.actions.proposing import Proposal
from reviews.enums import Choice
from reviews.forms.people import PersonField

MOST_PICKS = 200
# Reasons that are pressed instead of typed; the trail holds them as if they were.
USUAL_REASONS: dict[str, tuple[str, ...]] = {
    Choice.CERTIFY: ("Needed for present duties", "On call", "Checked with the team"),
    Choice.CERTIFY_UNTIL: (),
    Choice.REVOKE: ("No longer needed", "Changed duties", "Left the project"),
    Choice.DONT_KNOW: (),
}


class DecisionForm(forms.Form):
    """``usual`` is a reason that was pressed, ``reason`` one that was typed; ``confirms`` is the
    seal of what the row said of a service account; ``waited`` says that it waited for a
    connection."""

    choice = forms.ChoiceField(choices=Choice.choices)
    version = forms.IntegerField(min_value=1)
    reason = forms.CharField(required=False, max_length=1000)
    usual = forms.CharField(required=False, max_length=200)
    until = forms.DateField(required=False)
    waited = forms.BooleanField(required=False)
    confirms = forms.CharField(required=False, max_length=64)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["reason"] = found.get("usual") or found.get("reason") or ""
        return found


class BulkForm(forms.Form):
    """Several rows at once: each pick is the item and the version that was seen, a folded row
    several of them; ``usual`` is a reason that was pressed; each of ``confirms`` the item of a
    service account and the seal of what the page said of it."""

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
        data = cast("QueryDict", self.data)
        found["picks"] = _read_picks(data.getlist("pick"))
        seals = [text.partition(":") for text in data.getlist("confirms")[:MOST_PICKS]]
        found["confirming"] = {int(pk): seal for pk, _, seal in seals if pk.isdecimal()}
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
    """To whom, typed or by pressing one of those whom the facts propose, and why."""

    to = PersonField(label="Who judges it instead?")
    reason = forms.CharField(
        label="Why", max_length=400, help_text='For example "Not my report since September".'
    )

    def __init__(
        self, data: QueryDict | None = None, *, proposals: Sequence[Proposal] = (), **options: Any
    ) -> None:
        self.proposals = proposals
        pressed = data.get("proposed", "") if data else ""
        self.pressed = next((p for p in proposals if str(p.person.pk) == pressed), None)
        if data and self.pressed:
            data = data.copy()
            data["to"] = ""
        super().__init__(data, **options)
        for field in self.fields.values():
            field.required = self.pressed is None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if self.pressed:
            found["to"] = self.pressed.person
            found["reason"] = found.get("reason") or self.pressed.why
        return found
