"""To whom an account of nobody belongs: a suggestion that is pressed, or somebody typed."""

from typing import Any

from django import forms

from accounts.forms.people import OwnerField
from accounts.models import Person, Team


class HolderForm(forms.Form):
    """``person_id`` is a suggestion; ``who`` is typed, and a team is always the owner."""

    person_id = forms.ModelChoiceField(Person.objects.all(), required=False)
    who = OwnerField(label="Somebody else, or a team", required=False)
    holds = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not (found.get("person_id") or found.get("who")):
            self.add_error("who", "Name a person or a team.")
        return found

    @property
    def holder(self) -> Person | None:
        said = self.cleaned_data
        typed = said["who"] if said["holds"] else None
        return said["person_id"] or (typed if isinstance(typed, Person) else None)

    @property
    def owner(self) -> Person | Team | None:
        who: Person | Team | None = self.cleaned_data["who"]
        return None if self.holder else who
