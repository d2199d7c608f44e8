"""What the environment may say, and the sentence for everything else."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portx_access import environment


def test_read_public_url_https_is_strict() -> None:
    assert environment.read_public_url("https://access.example.com/") == (
        environment.PublicAddress("https://access.example.com", "access.example.com", 443, True)
    )


def test_find_public_url_follows_what_is_served_unless_it_is_said(tmp_path: Path) -> None:
    served_at = tmp_path / "served-at"
    assert environment.find_public_url({}, served_at) == "http://127.0.0.1:8000"
    served_at.write_text("http://127.0.0.1:8123\n")
    assert environment.find_public_url({}, served_at) == "http://127.0.0.1:8123"
    said = {"PUBLIC_URL": "https://access.example.com"}
    assert environment.find_public_url(said, served_at) == "https://access.example.com"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_read_public_url_http_on_loopback_is_plain(host: str) -> None:
    address = environment.read_public_url(f"http://{host}:8123")
    assert (address.origin, address.port, address.secure) == (f"http://{host}:8123", 8123, False)


@pytest.mark.parametrize(
    "url",
    ["http://access.example.com", "http://0.0.0.0:8000", "access.example.com", "ftp://127.0.0.1"],
)
def test_read_public_url_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Set it to an https address"):
        environment.read_public_url(url)


def test_read_public_url_with_a_path_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="needs a host of its own"):
        environment.read_public_url("https://example.com/access")


def test_read_email_url_unquotes_what_needs_quoting() -> None:
    assert environment.read_email_url("smtp+tls://me%40example.com:p%2Fw@mail.example.com") == {
        "EMAIL_HOST": "mail.example.com",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "me@example.com",
        "EMAIL_HOST_PASSWORD": "p/w",
        "EMAIL_USE_TLS": True,
        "EMAIL_USE_SSL": False,
    }


def test_read_email_url_wrong_scheme_is_refused_without_the_password() -> None:
    with pytest.raises(ImproperlyConfigured, match="has to read smtp") as refused:
        environment.read_email_url("http://me:hidden@mail.example.com")
    assert "hidden" not in str(refused.value)


def test_read_servers_both_or_neither() -> None:
    both = {"DATABASE_URL": "postgresql://db/portx", "REDIS_URL": "redis://cache/0"}
    assert environment.read_servers(both) == ("postgresql://db/portx", "redis://cache/0")
    assert environment.read_servers({}) == ("", "")
    for missing in both:
        one = {name: url for name, url in both.items() if name != missing}
        with pytest.raises(ImproperlyConfigured, match=f"{missing} is not set"):
            environment.read_servers(one)


def test_read_servers_other_databases_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL is the only database"):
        environment.read_servers({"DATABASE_URL": "sqlite:///x", "REDIS_URL": "redis://cache/0"})


def test_read_secret_key_comes_from_the_file_unless_set(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    path.write_text("f" * 50 + "\n")
    assert environment.read_secret_key({}, path) == "f" * 50
    assert environment.read_secret_key({"SECRET_KEY": "e" * 50}, path) == "e" * 50


def test_read_secret_key_missing_or_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="There is no secret key"):
        environment.read_secret_key({}, tmp_path / "secret-key")
    with pytest.raises(ImproperlyConfigured, match="has 5 characters"):
        environment.read_secret_key({"SECRET_KEY": "short"}, tmp_path / "secret-key")


def test_read_count_refuses_what_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(ImproperlyConfigured, match="PORT is 'http'"):
        environment.read_count("PORT", 8000)


def test_read_time_zone_refuses_what_is_none() -> None:
    assert environment.read_time_zone("Europe/London") == "Europe/London"
    for wrong in ("Europe", "Mars/Olympus", "../etc/passwd", "x" * 300):
        with pytest.raises(ImproperlyConfigured, match="which is no time zone"):
            environment.read_time_zone(wrong)
