"""Fields that name a person or a team: typed by name or mail, with suggestions where there is
script."""

import re
from typing import Any

from django import forms
from django.urls import reverse_lazy

import clock
from accounts.models import Person, Team

ANGLED = re.compile(r"<([^<>]+)>\s*$")


def words_for(person: Person | None) -> str:
    """How a field shows a person, so that it reads them back."""
    if person is None:
        return ""
    return f"{person.name} <{person.mail}>" if person.mail else person.name


class NamedField(forms.CharField):
    """Text that must name somebody; the page fills a list of suggestions as one types. Such a
    page includes ``accounts/_suggestions.html``."""

    suggests = "people"

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 400)
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            **super().widget_attrs(widget),
            "list": f"{self.suggests}-found",
            "autocomplete": "off",
            "hx-get": reverse_lazy(f"accounts:suggest_{self.suggests}"),
            "hx-trigger": "input changed delay:150ms",
            "hx-target": f"#{self.suggests}-found",
            "hx-swap": "innerHTML",
            "hx-sync": "this:replace",
        }

    def prepare_value(self, value: Any) -> Any:
        return words_for(value) if isinstance(value, Person) else value


class PersonField(NamedField):
    """A person who is here: "Irene Sato <irene@example.com>", a mail, or an exact name."""

    def clean(self, value: Any) -> Person | None:
        text = super().clean(value)
        return find_person(text) if text else None


class OwnerField(NamedField):
    """A team or a person."""

    suggests = "owners"

    def clean(self, value: Any) -> Person | Team | None:
        text = super().clean(value)
        if not text:
            return None
        return Team.objects.filter(name__iexact=text).first() or find_person(text)


class TeamsField(forms.CharField):
    """Teams by name, parted by semicolons."""

    def clean(self, value: Any) -> list[Team]:
        names = [name.strip() for name in super().clean(value).split(";") if name.strip()]
        found = {team.name.lower(): team for team in Team.objects.all()} if names else {}
        if strange := [name for name in names if name.lower() not in found]:
            raise forms.ValidationError(
                f"There is no team {', '.join(strange)}: teams come from the rosters, or are added."
            )
        return [found[name.lower()] for name in dict.fromkeys(names)]


def find_person(text: str) -> Person:
    """The one person who is here and whom ``text`` names; ValidationError otherwise."""
    angled = ANGLED.search(text)
    text = (angled[1] if angled else text).strip()
    here = Person.objects.here(clock.today())
    column = "mail__iexact" if "@" in text else "name__iexact"
    found = list(here.filter(**{column: text})[:2])
    if not found:
        raise forms.ValidationError(
            f"Nobody here is known by {text!r}: choose one of the suggestions, or write a mail."
        )
    if len(found) > 1:
        raise forms.ValidationError(f"Several people are called {text}: write the mail instead.")
    return found[0]
