"""What we tell django-allauth: nobody signs up, its mail goes the way of all our mail, and whoever
is signed in has a name."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from accounts.models import User
from jobs.messages import queue_message


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no hints
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": (
            "This mail and this password do not fit together. Check both, or get a link to set "
            "your password."
        ),
        "too_many_login_attempts": "Too many attempts failed. Wait ten minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message = self.render_mail(template_prefix, email, {"email": email, **context})
        # Every request for a link is a message of its own.
        queue_message(
            key=f"sign-in:{secrets.token_hex(16)}",
            to=email,
            subject=message.subject,
            body=message.body,
            about="system:sign-in",
        )


class PersonBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no hints
    """Whoever is signed in comes with their person by one query, since every page names them."""

    def get_user(self, user_id: int) -> User | None:
        try:
            user = User.objects.select_related("person").get(pk=user_id)
        except User.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None
