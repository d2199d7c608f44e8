"""Delegating: to whom, from which day to which, and why."""

from typing import Any

from django import forms

import clock
from reviews.actions.delegating import Term
from reviews.forms.campaigns import DayInput
from reviews.forms.people import PersonField


class TermForm(forms.Form):
    to = PersonField(label="Who decides for you?", help_text="A name or a mail.")
    starts = forms.DateField(label="From", widget=DayInput)
    ends = forms.DateField(
        label="Until", widget=DayInput, help_text="The last day, at most 90 days on."
    )
    reason = forms.CharField(
        label="Why", max_length=400, help_text='For example "On leave" or "Knows these accounts".'
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {}).setdefault("starts", clock.today())
        super().__init__(*args, **options)

    @property
    def term(self) -> Term:
        return Term(**self.cleaned_data)
