"""Reading the environment: addresses checked once, refused in a full sentence."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class PublicAddress:
    """Where people reach us. Over https everything is strict; plain http is for this machine."""

    origin: str
    host: str
    port: int
    secure: bool


def read_public_url(url: str) -> PublicAddress:
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    if not host or not (secure or (parts.scheme == "http" and host in LOOPBACK)):
        raise ImproperlyConfigured(
            f"PUBLIC_URL is {url!r}. Set it to an https address, or, to try things out on this "
            "machine only, to http://127.0.0.1 with a port."
        )
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"PUBLIC_URL is {url!r}. Give the scheme, the host and the port only: PortX Access "
            "needs a host of its own."
        )
    port = parts.port or (443 if secure else 80)
    return PublicAddress(f"{parts.scheme}://{parts.netloc}", host, port, secure)


def find_public_url(environment: Mapping[str, str], served_at: Path) -> str:
    """PUBLIC_URL, else where the server of this data serves, or has served last."""
    if url := environment.get("PUBLIC_URL"):
        return url
    if served_at.exists():
        return served_at.read_text(encoding="ascii").strip()
    return "http://127.0.0.1:8000"


def read_email_url(url: str) -> dict[str, Any]:
    """Django's mail settings for smtp:// (plain), smtp+tls:// (STARTTLS) or smtps:// (TLS)."""
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL has to read smtp+tls://USER:PASSWORD@HOST:587, or smtps:// for TLS from "
            "the first byte, or smtp:// without encryption. Characters such as @ in the user or "
            "the password are written as %40."
        )
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def read_count(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to a whole number.")
    return int(value)


def read_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"TIME_ZONE is {name!r}, which is no time zone. Set it to one such as Europe/London."
        ) from None
    return name


def read_servers(environment: Mapping[str, str]) -> tuple[str, str]:
    """DATABASE_URL and REDIS_URL; a command that needs no servers has neither."""
    database, redis = environment.get("DATABASE_URL", ""), environment.get("REDIS_URL", "")
    if bool(database) != bool(redis):
        missing = "REDIS_URL" if database else "DATABASE_URL"
        raise ImproperlyConfigured(
            f"{missing} is not set. Set both DATABASE_URL and REDIS_URL to use servers of your "
            "own, or neither to use the embedded ones."
        )
    if database and not database.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            "DATABASE_URL has to begin with postgresql://: PostgreSQL is the only database."
        )
    if redis and not redis.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured("REDIS_URL has to begin with redis://, rediss:// or unix://.")
    return database, redis


def read_secret_key(environment: Mapping[str, str], path: Path) -> str:
    key = environment.get("SECRET_KEY", "").strip()
    if not key and path.exists():
        key = path.read_text(encoding="ascii").strip()
    if not key:
        raise ImproperlyConfigured(
            f"There is no secret key. Run `python -m portx_access.keys` to make one in {path}, "
            "or set SECRET_KEY to at least 50 random characters."
        )
    if len(key) < 50:
        raise ImproperlyConfigured(
            f"SECRET_KEY has {len(key)} characters. Set it to at least 50 random ones."
        )
    return key
