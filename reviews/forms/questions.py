"""The answer to a reviewer's question."""

from django import forms


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="What do you know of it?",
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text="Who uses it, what for, since when. The reviewer decides; you do not.",
    )
