"""Every setting of PortX Access, from environment variables, safe by default.

`docs/operating.md` has the variables in one table. Whatever is missing or wrong stops the start
with a sentence that says what to do.
"""

import os
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from jinja2 import StrictUndefined

from portx_access import environment, logs, places

BASE_DIR: Path = places.BASE_DIR
# SAMPLE=1: the sample company, with a database and keys of its own.
SAMPLE: bool = places.SAMPLE
# VAR_DIR: where database, keys and files lie; var/data, or var/sample with SAMPLE=1.
VAR_DIR: Path = places.VAR_DIR
KEYS_DIR: Path = places.KEYS_DIR
# PORTX_TESTING=1 is set by the tests, and by nothing else.
CLOCK_MAY_BE_SET = SAMPLE or os.environ.get("PORTX_TESTING") == "1"
DEBUG = False
VERSION = "0.1.0"

# Where people reach us ----------------------------------------------------------------------------
# PUBLIC_URL: the address in links and mail. https is strict; http on a loopback address is plain,
# for a trial on one machine; anything else refuses to start.
_public = environment.read_public_url(environment.find_public_url(os.environ, places.SERVED_AT))
PUBLIC_URL = _public.origin
SECURE = _public.secure
ALLOWED_HOSTS = [_public.host] if SECURE else ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# TRUSTED_PROXIES: how many proxies stand in front, so that a client's address is read from the
# right place in X-Forwarded-For. Over https there is one (it ends TLS) unless this says otherwise.
ALLAUTH_TRUSTED_PROXY_COUNT = environment.read_count("TRUSTED_PROXIES", 1 if SECURE else 0)

# Keys ---------------------------------------------------------------------------------------------
# SECRET_KEY: signs sessions and links; by default the one that the first start made in KEYS_DIR.
# SECRET_KEY_FALLBACKS: former ones, separated by spaces, that still verify during a rotation.
SECRET_KEY = environment.read_secret_key(os.environ, KEYS_DIR / "secret-key")
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()

# Rooms --------------------------------------------------------------------------------------------
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
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "audit",
    "jobs",
    "listing",
    "accounts",
    "reviews",
    "portx_access",
]
MIDDLEWARE = [
    "portx_access.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portx_access.middleware.SessionEnd",
    "portx_access.middleware.OwnZone",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portx_access.middleware.RedisDown",
    "accounts.middleware.Refusals",
]
ROOT_URLCONF = "portx_access.urls"
CSRF_FAILURE_VIEW = "portx_access.views.csrf_failure"
WSGI_APPLICATION = "portx_access.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portx_access.context.house",
            ],
        },
    },
    {
        # What a page has by the hundred: docs/decisions/rows-in-jinja.md.
        "NAME": "rows",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"environment": "portx_access.rows.environment", "undefined": StrictUndefined},
    },
]

# PostgreSQL and Redis -----------------------------------------------------------------------------
# DATABASE_URL, REDIS_URL: servers of your own; without them `manage.py` and `make run` start the
# embedded ones and set both.
_database_url, REDIS_URL = environment.read_servers(os.environ)
# DATABASE_POOL: how many connections a process keeps for its threads; only the web server has one.
_pool = environment.read_count("DATABASE_POOL", 0)
DATABASES = {
    "default": dj_database_url.parse(_database_url, conn_health_checks=True)
    if _database_url
    else {"ENGINE": "django.db.backends.dummy"}
}
if _pool:
    # The pool keeps the connections, so Django itself must not, and tries each before it is used:
    # after a restart of the server no request fails.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": _pool,
        "timeout": 10,
    }
CACHES = {
    # The limits on sign-in are counted here, by all processes together.
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

# Sign-in ------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.adapters.PersonBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email"]},
    },
]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# An address comes from a roster or an administrator, and a password is set by a link sent to it.
ACCOUNT_EMAIL_VERIFICATION = "none"
# Whether an address is known is told to nobody, and strangers get no mail.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# On launch day all managers sign in from one address: the narrow limit is the one per account.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "120/m/ip,10/10m/key",
    "reset_password": "120/m/ip,5/10m/key",
    "reset_password_from_key": "300/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}

# Sessions and cookies -----------------------------------------------------------------------------
# A session ends 8 hours after its last request, and 24 hours after sign-in.
SESSION_ENGINE = "portx_access.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_ABSOLUTE_AGE = 24 * 60 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Cookies know no ports: the sample and your own data on one machine need names of their own.
SESSION_COOKIE_NAME = "__Host-session" if SECURE else f"session_{_public.port}"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else f"csrf_{_public.port}"

# Headers ------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = SECURE
# The web server listens on this machine only, so this header comes from the proxy that ends TLS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        # Bootstrap draws its small signs as data: pictures in the style sheet.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": SECURE,
    },
}

# Files --------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
MEDIA_ROOT = VAR_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# Words and times ----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# TIME_ZONE: the zone of deadlines and of shown times where nobody chose another.
TIME_ZONE = environment.read_time_zone(os.environ.get("TIME_ZONE") or "UTC")
USE_TZ = True

# Mail ---------------------------------------------------------------------------------------------
# EMAIL_URL: the mail server, smtp+tls://USER:PASSWORD@HOST:587. Without it no mail leaves: it is
# kept, and shown on a page. MAIL_FROM: the address that mail comes from.
_email_url = os.environ.get("EMAIL_URL", "")
MAIL_IS_KEPT = not _email_url
EMAIL_BACKEND = f"django.core.mail.backends.{'dummy' if MAIL_IS_KEPT else 'smtp'}.EmailBackend"
EMAIL_TIMEOUT = 10
if not MAIL_IS_KEPT:
    globals().update(environment.read_email_url(_email_url))
DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM") or f"PortX Access <portx-access@{_public.host}>"

# The log ------------------------------------------------------------------------------------------
# LOG_LEVEL: DEBUG, INFO, WARNING or ERROR.
LOGGING = logs.configure(os.environ.get("LOG_LEVEL") or "INFO")

# Work in the background ---------------------------------------------------------------------------
# A kind of job, and the function that does one bounded chunk of it.
JOB_HANDLERS: dict[str, str] = {
    "accounts.follow_import": "accounts.tasks.follow_import",
    "accounts.merge_import": "accounts.tasks.merge_import",
    "accounts.preview_policy": "accounts.tasks.preview_policy",
    "accounts.read_import": "accounts.tasks.read_import",
    "accounts.watch_findings": "accounts.tasks.watch_findings",
    "accounts.watch_imports": "accounts.tasks.watch_imports",
    "jobs.clear_finished": "jobs.cleaning.clear_finished",
    "jobs.send_messages": "jobs.sending.send_messages",
    "reviews.announce": "reviews.tasks.announce",
    "reviews.evidence": "reviews.tasks.evidence",
    "reviews.follow": "reviews.tasks.follow",
    "reviews.launch": "reviews.tasks.launch",
    "reviews.preview": "reviews.tasks.preview",
    "reviews.receipts": "reviews.tasks.receipts",
    "reviews.seal": "reviews.tasks.seal",
    "reviews.tick": "reviews.tasks.tick",
}
# What the clock starts: a kind of job, and how many seconds lie between two of them.
RECURRING_JOBS: dict[str, int] = {
    "accounts.watch_findings": 6 * 3600,
    "accounts.watch_imports": 60,
    "jobs.clear_finished": 3600,
    "reviews.receipts": 300,
    "reviews.tick": 60,
}
# What else is owed as soon as an import has become the picture: a removal is proved at once.
JOBS_AFTER_IMPORT: list[str] = ["reviews.follow"]
# What the relay calls each second, by dotted path.
RELAY_TICKS: list[str] = ["audit.sealing.tick"]
# The trail knows things by number; here stands who can name them for people.
TRAIL_NAMES: dict[str, str] = {
    "account": "accounts.queries.account_names",
    "campaign": "reviews.queries.campaign_names",
    "duty_conflict": "accounts.queries.conflict_names",
    "exception": "reviews.queries.exception_names",
    "finding": "accounts.queries.finding_names",
    "item": "reviews.queries.item_names",
    "person": "accounts.queries.person_names",
    "policy": "accounts.queries.policy_names",
    "recheck": "reviews.queries.recheck_names",
    "review": "reviews.queries.review_names",
    "revocation": "reviews.queries.revocation_names",
    "run": "accounts.queries.run_names",
    "source": "accounts.queries.source_names",
    "system": "accounts.queries.system_names",
    "team": "accounts.queries.team_names",
    "user": "accounts.queries.user_names",
}
# JOB_LEASE_SECONDS: a runner that has not come back after so long is given up; a chunk takes half
# of it at most.
JOB_LEASE_SECONDS = environment.read_count("JOB_LEASE_SECONDS", 60)

# Redis only rings the bell: rows are the queue, so a task that is lost or doubled changes nothing.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 4
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    # Look every second for what a killed worker left behind, not every hundredth.
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
# A chunk takes under 30 seconds; one that hangs is ended before it could be given out twice.
CELERY_TASK_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
