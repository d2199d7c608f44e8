"""The settings as a process of its own reads them: strict over https, plain on loopback."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from portx_access.places import BASE_DIR
from tests.portx_access import processes

READ = """
import json, sys
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""
NAMES = ["SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
NAMES += ["SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS", "MAIL_IS_KEPT"]
KEY = "k" * 50


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        env=processes.clean_environment(
            DJANGO_SETTINGS_MODULE="portx_access.settings", **environment
        ),
    )


def read(**environment: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("-c", READ, *NAMES, **environment).stdout)
    return found


def test_settings_https_is_strict() -> None:
    assert read(SECRET_KEY=KEY, PUBLIC_URL="https://a.example.com", EMAIL_URL="smtp://m") == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "ALLOWED_HOSTS": ["a.example.com"],
        "MAIL_IS_KEPT": False,
    }


def test_settings_loopback_is_plain_with_cookies_of_its_own_port() -> None:
    assert read(SECRET_KEY=KEY, PUBLIC_URL="http://127.0.0.1:8123") == {
        "SESSION_COOKIE_NAME": "session_8123",
        "CSRF_COOKIE_NAME": "csrf_8123",
        "SESSION_COOKIE_SECURE": False,
        "CSRF_COOKIE_SECURE": False,
        "SECURE_SSL_REDIRECT": False,
        "SECURE_HSTS_SECONDS": 0,
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]"],
        "MAIL_IS_KEPT": True,
    }


def test_settings_without_a_key_refuse_to_start(tmp_path: Path) -> None:
    done = run("-c", READ, *NAMES, VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "There is no secret key. Run `python -m portx_access.keys`" in done.stderr


def test_manage_checks_without_servers(tmp_path: Path) -> None:
    done = run("manage.py", "check", VAR_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.name for each in tmp_path.iterdir()] == ["keys"]


def test_manage_starts_the_servers_and_stops_them_when_last() -> None:
    with processes.folder() as folder:
        done = run("manage.py", "showmigrations", "--plan", VAR_DIR=str(folder))
        assert (done.returncode, done.stderr) == (0, "")
        assert "[ ]  accounts.0001_initial" in done.stdout
        assert (folder / "servers" / "postgres").is_dir()
        assert processes.of(folder) == []


def test_manage_says_in_one_line_why_the_servers_do_not_start(tmp_path: Path) -> None:
    (tmp_path / "servers").mkdir()
    (tmp_path / "servers" / "postgres").mkdir()
    done = run("manage.py", "showmigrations", VAR_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("The embedded postgres did not start. It said:")
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_pages_carry_a_strict_policy(client: Client) -> None:
    response = client.get("/sign-in/")
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in response.headers["Content-Security-Policy"].split(";")
    )
    assert response.status_code == 200
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
