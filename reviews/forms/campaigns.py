"""Forms of the security team: plan a campaign, change it, give leave, hand over."""

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings

import clock
from accounts.models import Person, System
from reviews.actions.planning import DAYS_TO_REVIEW, security_people
from reviews.forms.again import ReasonAgainForm
from reviews.forms.people import PersonField, find_person

ZONES = [(zone, zone) for zone in sorted(available_timezones())]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PeopleField(forms.CharField):
    """Several people, a line each, by mail or exact name."""

    widget = forms.Textarea({"rows": 3})

    def clean(self, value: Any) -> list[Person]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        return list(dict.fromkeys(find_person(line) for line in lines))


class PlanForm(forms.Form):
    """A plan; each system is in, or out with a reason."""

    quarter = forms.RegexField(
        r"^20\d\d-Q[1-4]$",
        help_text="A year and a quarter, as in 2026-Q4.",
        error_messages={"invalid": "Write a year and a quarter, as in 2026-Q4."},
    )
    title = forms.CharField(max_length=200, required=False, help_text="As reviewers read it.")
    due = forms.DateField(label="Deadline", widget=DayInput, help_text="The end of this day.")
    zone = forms.ChoiceField(label="Time zone", choices=ZONES)
    fallback = PeopleField(
        help_text="Who gets what nobody nearer can judge, in this order, a line each. People who "
        "hold nothing in scope, or at least two."
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("initial", suggest())
        super().__init__(*args, **options)
        self.systems = list(System.objects.filter(retired_at=None).order_by("name"))
        for system in self.systems:
            self.fields[f"in_{system.pk}"] = forms.BooleanField(
                label=system.name, required=False, initial=True
            )
            self.fields[f"why_{system.pk}"] = forms.CharField(
                label=f"Why {system.name} is left out", max_length=400, required=False
            )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for system in self.systems:
            if not found.get(f"in_{system.pk}") and not found.get(f"why_{system.pk}", "").strip():
                self.add_error(f"why_{system.pk}", f"Say why {system.name} is left out.")
        return found

    @property
    def rows(self) -> list[tuple[System, forms.BoundField, forms.BoundField]]:
        return [(s, self[f"in_{s.pk}"], self[f"why_{s.pk}"]) for s in self.systems]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("quarter", "title", "due", "zone", "fallback")]

    def left_out(self) -> dict[System, str]:
        found = self.cleaned_data
        return {s: found[f"why_{s.pk}"] for s in self.systems if not found[f"in_{s.pk}"]}


class ChangePlanForm(forms.Form):
    due = forms.DateField(label="Deadline", widget=DayInput)
    zone = forms.ChoiceField(label="Time zone", choices=ZONES)
    fallback = PeopleField(help_text="A line each, in this order.")


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=1000, widget=forms.Textarea({"rows": 3}))


class ExtendForm(ReasonForm):
    due = forms.DateField(label="New deadline", widget=DayInput, help_text="The end of this day.")
    field_order = ["due", "reason"]


class HandOverForm(ReasonForm):
    to = PersonField(label="To whom", help_text="A name or a mail.")
    field_order = ["to", "reason"]


class CloseForm(ReasonAgainForm):
    """Closing; the reason is asked for where there are gaps."""

    def __init__(self, *args: Any, gaps: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not gaps:
            del self.fields["reason"]


def suggest() -> dict[str, Any]:
    """What a new plan begins with: this quarter, two weeks, the security team."""
    today = clock.today()
    return {
        "quarter": f"{today.year}-Q{(today.month - 1) // 3 + 1}",
        "due": today + timedelta(days=DAYS_TO_REVIEW),
        "zone": settings.TIME_ZONE,
        "fallback": "\n".join(person.mail or person.name for person in security_people()),
    }
