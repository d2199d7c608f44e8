"""The forms of the policy and of conflicts of duties."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.forms.people import NamedField
from accounts.insights import Policy
from accounts.insights.figures import figured, figures, named, problems
from accounts.insights.thresholds import SUBJECTS, THRESHOLDS, Figure, Subject, Threshold
from accounts.models import Entitlement


class PolicyForm(forms.Form):
    """Every threshold of the policy, and why it changes."""

    def __init__(self, data: Any = None, *, initial: Policy) -> None:
        super().__init__(data, initial=figures(initial))
        for each in THRESHOLDS:
            self.fields[each.name] = _field(each)
        self.fields["note"] = forms.CharField(
            label="Why they change",
            max_length=2000,
            widget=forms.Textarea({"rows": 3}),
            help_text="Stands beside the version for good.",
        )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if all(each.name in found for each in THRESHOLDS):
            for name, sentence in problems(named("", self.values())):
                self.add_error(name, sentence)
        return found

    def values(self) -> dict[str, Figure]:
        return {each.name: self.cleaned_data[each.name] for each in THRESHOLDS}

    def subjects(self) -> Iterator[tuple[Subject, list[tuple[Threshold, forms.BoundField]]]]:
        for subject in SUBJECTS:
            yield subject, [(each, self[each.name]) for each in subject.thresholds]


def _field(threshold: Threshold) -> forms.Field:
    rule = f" {threshold.rule}." if threshold.rule else ""
    words = f"{threshold.help}{rule} Default: {figured(threshold.default, threshold)}."
    if not threshold.unit:
        return forms.BooleanField(label=threshold.label, required=False, help_text=words)
    return forms.IntegerField(
        label=f"{threshold.label} ({threshold.unit})",
        help_text=words,
        error_messages={
            "required": f"“{threshold.label}” needs a figure: the default is {threshold.default}.",
            "invalid": f"“{threshold.label}” is a whole number of {threshold.unit}.",
        },
        widget=forms.NumberInput({"min": threshold.least, "max": threshold.most}),
    )


def rights_by_words() -> Any:
    """Rights with ``words``, by which a field shows one and reads it back: "Ledger: pay"."""
    words = Concat(F("system__name"), Value(": "), F("key"))
    rows = Entitlement.objects.filter(system__retired_at=None)
    return rows.select_related("system").annotate(words=words)


class RightField(NamedField):
    """A right of the catalogue: "Ledger: pay"."""

    suggests = "rights"

    def prepare_value(self, value: Any) -> Any:
        return f"{value.system}: {value.key}" if isinstance(value, Entitlement) else value

    def clean(self, value: Any) -> Entitlement:
        text = super().clean(value)
        found: Entitlement | None = rights_by_words().filter(words=text).first()
        if found is None:
            raise forms.ValidationError(
                f"There is no right {text!r}: choose one of the suggestions, as in "
                "“Ledger: payments.release”."
            )
        return found


class ConflictForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=200, help_text='Of the two duties: "Enter and release payments".'
    )
    first = RightField(label="The one right", max_length=700, help_text="System and right.")
    second = RightField(
        label="The other right", max_length=700, help_text="Of the same system, or of another."
    )
    reason = forms.CharField(
        label="What one person could do with both",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Reviewers read it.",
    )


class EndConflictForm(forms.Form):
    reason = forms.CharField(
        label="Why both may be held together from now on",
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
    )
