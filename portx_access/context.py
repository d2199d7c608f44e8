"""What every template knows: whether this is the sample, and where the user can go."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portx_access.navigation import navigation


def house(request: HttpRequest) -> dict[str, Any]:
    """``SAMPLE`` and ``navigation``; the latter is made only where a template asks for it."""
    return {
        "SAMPLE": settings.SAMPLE,
        "navigation": SimpleLazyObject(lambda: _navigation(request)),
    }


def _navigation(request: HttpRequest) -> Any:
    user = getattr(request, "user", None)
    return navigation(user, request.path) if user and user.is_authenticated else ""
