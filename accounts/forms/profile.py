"""What users choose for themselves."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings

# Aliases and fixed offsets are left out: nobody lives in them.
OLD = ("Etc/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "SystemV/")


def zones() -> list[tuple[str, str]]:
    named = sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(OLD)
    )
    return [
        ("", f"as the house ({settings.TIME_ZONE})"),
        ("UTC", "UTC"),
        *((zone, zone.replace("_", " ")) for zone in named),
    ]


class ZoneForm(forms.Form):
    zone = forms.ChoiceField(
        label="Time zone",
        required=False,
        choices=zones,
        help_text="In which times are shown to you. Deadlines name their own zone.",
    )
