"""The day until which something is kept."""

from datetime import date

from django import forms


class UntilField(forms.DateField):
    """A day, in the future; which of the choices needs it, ``help_text`` says."""

    widget = forms.DateInput(attrs={"type": "date"})

    def limit(self, latest: date | None) -> None:
        """Say in the form how late the day of a temporary account may be, where there is one."""
        if latest:
            self.widget.attrs["max"] = latest.isoformat()
            self.help_text = (
                f"{self.help_text} It becomes the end date of the account: "
                f"{latest:%-d %B %Y} at the latest."
            )
