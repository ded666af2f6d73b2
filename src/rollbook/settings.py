"""
Django's settings, and the only reader of the environment.

Each setting `NAME` can also be given as `NAME_FILE`, the path of a file that holds it (for secrets).
`docs/operate.md` lists them all.
"""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rollbook.keys import is_weak, read_or_make_key
from rollbook.logs.redaction import hide


def _setting(name: str, default: str = "") -> str:
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def _secret(name: str) -> str:
    """A setting that never stands in a log."""
    hide(found := _setting(name))
    return found


def _choice(name: str, *choices: str) -> str:
    """One of the choices; the first one when the setting is blank."""
    found = _setting(name) or choices[0]
    if found not in choices:
        raise ValueError(f"{name} must be {' or '.join(choices)}, not {found}")
    return found


def _secret_key(home: Path) -> str:
    key = _secret("SECRET_KEY") or read_or_make_key(home / "keys" / "secret_key")
    if is_weak(key):
        raise ValueError(
            "SECRET_KEY is short, or a sample: sessions could be forged. Unset it, and the hub makes one of its own"
        )
    hide(key)
    return key


def _database(url: str, home: Path) -> dict[str, Any]:
    """Django's settings for a database address; SQLite in the home folder when it is blank."""
    if not url:
        os.environ.setdefault("SQLITE_TMPDIR", str(home))  # what it sorts in files is people's data
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / "rollbook.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=FILE; "
                "PRAGMA cache_size=-65536;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    hide(unquote(parts.password or ""))
    try:
        port = parts.port
    except ValueError:  # Python's message would show what stands there: mostly a part of the password
        raise ValueError("DATABASE_URL has no usable port; in a password, write / : @ as %2F %3A %40") from None
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": query,
    }


_MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}

ROLLBOOK_HOME = Path(_setting("ROLLBOOK_HOME", "var")).resolve()
DEBUG = False
SECRET_KEY = _secret_key(ROLLBOOK_HOME)
TRUSTED_PROXIES = int(_setting("TRUSTED_PROXIES", "0"))  # in front of the hub, each adding to X-Forwarded-For
ALLOWED_HOSTS = _setting("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in _setting("CSRF_TRUSTED_ORIGINS").split(",") if o]
DATABASES = {"default": _database(_setting("DATABASE_URL"), ROLLBOOK_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Member"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rollbook.accounts",
    "rollbook.integrations",
    "rollbook.roster",
    "rollbook.runs",
    "rollbook.notices",
    "rollbook.jobs",
    "rollbook.schedules",
    "rollbook.intake",
    "rollbook.web",
]
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    INSTALLED_APPS.insert(INSTALLED_APPS.index("rollbook.jobs"), "procrastinate.contrib.django")

MIDDLEWARE = [
    "rollbook.web.middleware.Probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rollbook.web.middleware.PageHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "rollbook.urls"
WSGI_APPLICATION = "rollbook.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rollbook.web.context.theme",
                "rollbook.web.context.bell",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "integrations"
LOGOUT_REDIRECT_URL = "login"

BASE_URL = _setting("BASE_URL").rstrip("/")  # how people reach the pages; links in notices begin with it
_SECURITY = _setting("EMAIL_SECURITY", "starttls")
if _SECURITY not in _MAIL_PORTS:
    raise ValueError(f"EMAIL_SECURITY must be one of {', '.join(_MAIL_PORTS)}, not {_SECURITY}")
EMAIL_HOST = _setting("EMAIL_HOST")
SENDS_MAIL = bool(EMAIL_HOST)
EMAIL_BACKEND = f"django.core.mail.backends.{'console' if EMAIL_HOST == 'console' else 'smtp'}.EmailBackend"
EMAIL_PORT = int(_setting("EMAIL_PORT") or _MAIL_PORTS[_SECURITY])
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _setting("EMAIL_HOST_USER"), _secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS, EMAIL_USE_SSL = _SECURITY == "starttls", _SECURITY == "tls"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = _setting("MAIL_FROM", "rollbook@localhost")
WEBHOOK_HTTP = _setting("WEBHOOK_HTTP", "off") == "on"
WEBHOOK_NETWORKS = [ip_network(network.strip()) for network in _setting("WEBHOOK_NETWORKS").split(",") if network]
SOURCE_NETWORKS = [ip_network(network.strip()) for network in _setting("SOURCE_NETWORKS").split(",") if network]
SOURCE_FOLDERS = [Path(folder.strip()).resolve() for folder in _setting("SOURCE_FOLDERS").split(",") if folder]

SFTP_PORT = _setting("SFTP_PORT", "2022")  # off: no server; 0: any free port
SFTP_HOST = _setting("SFTP_HOST", "127.0.0.1")
SFTP_PUBLIC_HOST = _setting("SFTP_PUBLIC_HOST")  # what senders connect to, where that is another name or port
SFTP_PUBLIC_PORT = _setting("SFTP_PUBLIC_PORT")
SFTP_SESSIONS = int(_setting("SFTP_SESSIONS", "400"))
SFTP_SESSIONS_PER_ADDRESS = int(_setting("SFTP_SESSIONS_PER_ADDRESS", "250"))
SFTP_LOGIN_SECONDS = float(_setting("SFTP_LOGIN_SECONDS", "30"))
SFTP_IDLE_SECONDS = float(_setting("SFTP_IDLE_SECONDS", "900"))
SFTP_WATCH = _choice("SFTP_WATCH", "on", "off") == "on"
SFTP_SYNC = _choice("SFTP_SYNC", "on", "off") == "on"  # a file is on the disk before its sender is told so
SFTP_NEVER_BAN = [ip_network(network.strip()) for network in _setting("SFTP_NEVER_BAN").split(",") if network]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _setting("HTTPS", "off") == "on"
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

RUN_LEASE = float(_setting("RUN_LEASE", "30"))  # seconds without a heartbeat after which a run is taken over
RUN_HEARTBEAT = float(_setting("RUN_HEARTBEAT", "5"))
RUN_SWEEP = float(_setting("RUN_SWEEP", "10"))
RUN_ATTEMPTS = int(_setting("RUN_ATTEMPTS", "5"))  # workers that may die over one phase of a run before it fails
RUN_RETRIES = int(_setting("RUN_RETRIES", "6"))

METRICS_TOKEN = _secret("METRICS_TOKEN")
METRICS_FROM = [ip_network(network) for network in _setting("METRICS_FROM", "127.0.0.0/8,::1").split(",") if network]

LOG_FORMAT = _choice("LOG_FORMAT", "text", "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"text": {"()": "rollbook.logs.formats.Text"}, "json": {"()": "rollbook.logs.formats.Json"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    # These tell of every job and every connection at INFO; the hub says that itself.
    "loggers": {"procrastinate": {"level": "WARNING"}, "asyncssh": {"level": "WARNING"}},
    "root": {
        "handlers": ["console"],
        "level": _setting("LOG_LEVEL") or ("INFO" if LOG_FORMAT == "json" else "WARNING"),
    },
}
