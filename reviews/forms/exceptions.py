"""Forms of exceptions: what is asked for, and what another person says to it."""

from django import forms

from reviews.forms.again import ReasonAgainForm


class ExceptionForm(forms.Form):
    reason = forms.CharField(label="Why is it needed although a rule forbids it?", max_length=1000)
    control = forms.CharField(
        label="What makes up for the risk meanwhile?",
        max_length=1000,
        help_text='For example "Every use is read by two people the next morning".',
    )
    ends_on = forms.DateField(
        label="Until which day?",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Then it is asked again.",
    )


class AnswerExceptionForm(ReasonAgainForm):
    """Granted or refused with the button that was pressed, a reason and one's password."""

    answer = forms.ChoiceField(
        choices=[("grant", "Grant"), ("refuse", "Refuse")],
        error_messages={"required": "Press Grant or Refuse."},
    )
