"""The answer to what is asked again."""

from django import forms

from reviews.enums import Choice


class RecheckForm(forms.Form):
    """The choice is the button that was pressed; the day is needed to keep it only."""

    choice = forms.ChoiceField(
        choices=[(c.value, c.label) for c in (Choice.CERTIFY_UNTIL, Choice.REVOKE)],
        error_messages={"required": "Press Keep until then, or Revoke."},
    )
    until = forms.DateField(
        label="Until which day is it needed?",
        required=False,
        help_text="Only to keep it.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(label="Why", max_length=1000)
