"""Signing in again: what binds a person is confirmed with the password, in the same form."""

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest

from accounts.models import User

WRONG = "wrong_password"


class AgainForm(forms.Form):
    """A form that is taken only with the password of whoever sends it."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Sign in again, so that nobody else can do this in your name.",
    )

    def __init__(self, *args: Any, request: HttpRequest, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.request, self.user = request, user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not ratelimit.consume(self.request, action="reauthenticate", user=self.user):
            raise forms.ValidationError("Too many tries: wait a minute, then try again.", WRONG)
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your password: try again.", WRONG)
        return password

    @property
    def was_refused(self) -> bool:
        """Whether the password was wrong, which leaves an event."""
        return self.has_error("password", WRONG)


class SignOffForm(AgainForm):
    """The statement is agreed to by ticking it."""

    agreed = forms.BooleanField(label="This is true.")
    field_order = ["agreed", "password"]


class ReasonAgainForm(AgainForm):
    reason = forms.CharField(label="Why", max_length=1000, widget=forms.Textarea({"rows": 3}))
    field_order = ["reason", "password"]
