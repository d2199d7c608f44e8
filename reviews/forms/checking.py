"""Forms for what takes a second person: asking for a correction, refusing it, looking again."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict

from reviews.enums import Choice, LookResult
from reviews.forms.until import UntilField

CHOICES = [(c.value, c.label) for c in (Choice.CERTIFY, Choice.CERTIFY_UNTIL, Choice.REVOKE)]


class AskCorrectionForm(forms.Form):
    choice = forms.ChoiceField(label="What should stand instead?", choices=CHOICES)
    until = UntilField(label="Until when", required=False, help_text="Only to keep it until a day.")
    reason = forms.CharField(
        label="What was wrong?",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Whoever approves it reads this, and so does an auditor.",
    )

    def __init__(self, data: QueryDict | None = None, *, latest: date | None) -> None:
        super().__init__(data)
        cast("UntilField", self.fields["until"]).limit(latest)

    def clean(self) -> dict[str, Any]:
        """A day that was left in the field says nothing unless it was chosen."""
        found = super().clean() or {}
        if found.get("choice") != Choice.CERTIFY_UNTIL:
            found["until"] = None
        return found


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label="Why does what was signed stay?", max_length=1000, widget=forms.Textarea({"rows": 3})
    )


class LookForm(forms.Form):
    """Which of the two buttons was pressed, and why; overturning needs the reason."""

    result = forms.ChoiceField(choices=LookResult.choices[1:], widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Needed to overturn it. The reviewer reads it.",
    )
