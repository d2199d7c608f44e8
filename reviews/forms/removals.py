"""Forms of the removals: how it was done, and who does it instead."""

from django import forms
from django.http import QueryDict

from reviews.forms.people import PersonField


class DoneForm(forms.Form):
    note = forms.CharField(
        label="How was it removed?",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="In a few words, or the number of the outside ticket.",
    )


class HandOnForm(forms.Form):
    to = PersonField(
        label="Who carries it out?",
        help_text="They get mail; the deadline stays as it is.",
    )


class PickedForm(forms.Form):
    """The removals that were ticked; the note comes with the second, confirming post."""

    confirmed = forms.BooleanField(required=False)
    picks = forms.Field(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.ticked = data.getlist("pick")

    def clean_picks(self) -> list[int]:
        if not self.ticked:
            raise forms.ValidationError("Tick the removals of one system first.")
        if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in self.ticked):
            raise forms.ValidationError("Reload the page, then tick the rows again.")
        return sorted({int(text) for text in self.ticked})


class OrderForm(forms.Form):
    reason = forms.CharField(
        label="Why is it removed?",
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="It stands in the order and in the trail.",
    )
