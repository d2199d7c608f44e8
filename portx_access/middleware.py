"""What surrounds every request: its id and its line in the log, and the end of a long session."""

import secrets
import time
from collections.abc import Callable

import redis
import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

import clock

log = structlog.get_logger("portx_access.requests")
Handler = Callable[[HttpRequest], HttpResponseBase]

REQUEST_ID = "REQUEST_ID"
BEGAN = "session_began"
REDIS_IS_DOWN = (
    "PortX Access cannot count attempts just now, so this page is closed for a moment: Redis does "
    "not answer. Nothing is lost. Please try again in a minute, or tell your administrator."
)


class RequestLog:
    """Give the request an id, request.META["REQUEST_ID"], for the log, the trail and errors."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request.META[REQUEST_ID] = secrets.token_hex(8)
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars(request=request_id):
            response = self.get_response(request)
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                milliseconds=round((time.monotonic() - began) * 1000),
            )
        response.headers["X-Request-ID"] = request_id
        return response


class SessionEnd:
    """Sign out whoever signed in too long ago, however busy they are."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now = int(clock.now().timestamp())
            began = request.session.setdefault(BEGAN, now)
            if now - began > settings.SESSION_ABSOLUTE_AGE:
                logout(request)
        return self.get_response(request)


class OwnZone:
    """Times on pages are in the zone that the user chose."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        zone = getattr(request.user, "zone", "")
        with timezone.override(zone or None):
            return self.get_response(request)


class RedisDown:
    """Sign-in is refused while its attempts cannot be counted; every other page goes on."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, redis.ConnectionError | redis.TimeoutError):
            return None
        log.error("redis_is_down", error=type(error).__name__)
        return HttpResponse(REDIS_IS_DOWN, status=503, content_type="text/plain; charset=utf-8")
