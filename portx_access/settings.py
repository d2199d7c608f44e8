"""Every setting of PortX Access, from environment variables, safe by default."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
SAMPLE = os.environ.get("SAMPLE", "0") == "1"
CLOCK_MAY_BE_SET = SAMPLE or os.environ.get("PORTX_TESTING") == "1"
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var" / ("sample" if SAMPLE else "data")))

PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000")
_public = urlsplit(PUBLIC_URL)
if _public.scheme == "https":
    SECURE = True
elif _public.scheme == "http" and _public.hostname in {"127.0.0.1", "localhost", "::1"}:
    SECURE = False
else:
    raise ImproperlyConfigured(
        f"PUBLIC_URL is {PUBLIC_URL!r}: use https, or http on a loopback address for a trial."
    )

SECRET_KEY = os.environ.get("SECRET_KEY", "x" * 60)
DEBUG = False
ALLOWED_HOSTS = [_public.hostname or "127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "django_htmx",
    "audit",
    "jobs",
    "listing",
    "accounts",
    "reviews",
    "portx_access",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "portx_access.urls"
CSRF_FAILURE_VIEW = "portx_access.views.csrf_failure"
WSGI_APPLICATION = "portx_access.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portx_access.context.house",
            ],
        },
    },
]
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", "postgresql:///portx"), conn_health_checks=True
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LANGUAGE_CODE = "en"
TIME_ZONE = os.environ.get("TIME_ZONE", "UTC")
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]

# Work in the background: a kind of job, and the function that does one bounded chunk of it.
JOB_HANDLERS: dict[str, str] = {
    "jobs.clear_finished": "jobs.cleaning.clear_finished",
    "jobs.send_messages": "jobs.sending.send_messages",
}
# What the clock starts: a kind of job, and how many seconds lie between two of them.
RECURRING_JOBS: dict[str, int] = {
    "jobs.clear_finished": 3600,
}
# What the relay calls each second, by dotted path.
RELAY_TICKS: list[str] = []
# A runner that has not come back after so long is given up; a chunk takes half of it at most.
JOB_LEASE_SECONDS = int(os.environ.get("JOB_LEASE_SECONDS", "60"))
# Without EMAIL_URL no mail server is set up: mail is kept, and shown on a page.
MAIL_IS_KEPT = not os.environ.get("EMAIL_URL")
EMAIL_TIMEOUT = 10
