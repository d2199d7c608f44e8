"""The answer to what is asked again."""

from datetime import date
from typing import cast

from django import forms
from django.http import QueryDict

from reviews.enums import Choice
from reviews.forms.until import UntilField


class RecheckForm(forms.Form):
    """The choice is the button that was pressed; the day is needed to keep it only."""

    choice = forms.ChoiceField(
        choices=[(c.value, c.label) for c in (Choice.CERTIFY_UNTIL, Choice.REVOKE)],
        error_messages={"required": "Press Keep until then, or Revoke."},
    )
    until = UntilField(
        label="Until which day is it needed?", required=False, help_text="Only to keep it."
    )
    reason = forms.CharField(label="Why", max_length=1000)

    def __init__(self, data: QueryDict | None = None, *, latest: date | None) -> None:
        super().__init__(data)
        cast("UntilField", self.fields["until"]).limit(latest)
