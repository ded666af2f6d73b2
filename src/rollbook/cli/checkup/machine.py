"""Settings, home, keys, storage and time zones: what can be looked at without the database."""

import os
import shutil
import stat
import tempfile
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings as hub

from rollbook.cli.checkup.finding import Finding, error, ok, warning

LEAST_FREE, SOON_FULL = 200_000_000, 2_000_000_000
_LOCAL = {"localhost", "127.0.0.1", "[::1]"}
_ZONES = ("America/Chicago", "Europe/Berlin", "Asia/Singapore")


def settings() -> Iterator[Finding]:
    """Whom the hub answers, and how safely."""
    others = set(hub.ALLOWED_HOSTS) - _LOCAL
    if "*" in others:
        yield warning("settings", "ALLOWED_HOSTS takes any name.", "Set it to the names that people type.")
    if others and not hub.SESSION_COOKIE_SECURE:
        yield warning(
            "settings",
            "Other machines may open the pages, and HTTPS is not on.",
            "Put a proxy with a certificate in front, and set HTTPS=on.",
        )
    yield ok("settings", f"They can be read. The hub answers to {', '.join(hub.ALLOWED_HOSTS)}.")


def home() -> Iterator[Finding]:
    """Whether the home is the hub's alone."""
    place: Path = hub.ROLLBOOK_HOME
    if unwritable := _unwritable(place):
        yield error("home", f"Nothing can be written to {place} ({unwritable}).", "Make it writable for the hub.")
    elif place.stat().st_mode & stat.S_IRWXO:
        yield warning("home", f"Everybody on this machine may look into {place}.", f"chmod o= {place}")
    else:
        yield ok("home", f"{place} can be written to, and only by those it belongs to.")


def keys() -> Iterator[Finding]:
    """Whether the keys are there, for their owner alone. One that is weak is refused with the settings."""
    files = [path for path in (hub.ROLLBOOK_HOME / "keys").glob("*") if path.is_file()]
    files += [Path(path) for name, path in os.environ.items() if name.endswith("_FILE") and _is_secret(name)]
    loose = [path for path in files if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    for path in loose:
        yield error("keys", f"{path} can be read by others.", f"chmod 600 {path}")
    if not loose:
        yield ok("keys", f"{len(files)} of them, for their owner alone." if files else "SECRET_KEY is set.")


def storage() -> Iterator[Finding]:
    """Whether runs find room."""
    runs: Path = hub.ROLLBOOK_HOME / "runs"
    if runs.is_dir() and (unwritable := _unwritable(runs)):
        yield error("storage", f"Nothing can be written to {runs} ({unwritable}).", "Make it writable for the hub.")
        return
    free = shutil.disk_usage(runs if runs.is_dir() else hub.ROLLBOOK_HOME).free
    text = f"{free / 1e9:,.1f} GB are free for runs and reports."
    if free < LEAST_FREE:
        yield error("storage", text, "Make room: a run that finds none fails.")
    elif free < SOON_FULL:
        yield warning("storage", text, "Make room before a large delivery comes.")
    else:
        yield ok("storage", text)


def time_zones() -> Iterator[Finding]:
    """Whether schedules can be told in the time of a school."""
    missing = []
    for name in _ZONES:
        try:
            zoneinfo.ZoneInfo(name)
        except zoneinfo.ZoneInfoNotFoundError:
            missing.append(name)
    if missing:
        mend = "Install the locked dependencies again (tzdata is among them), or unset PYTHONTZPATH."
        yield error("time zones", f"There is no data on {', '.join(missing)}: schedules cannot be kept.", mend)
    else:
        yield ok("time zones", f"{len(zoneinfo.available_timezones())} are known.")


def _is_secret(name: str) -> bool:
    return name in {"SECRET_KEY_FILE", "DATABASE_URL_FILE"} or name.endswith(("_TOKEN_FILE", "_PASSWORD_FILE"))


def _unwritable(folder: Path) -> str:
    """Why nothing can be written there; blank when something can."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            return ""
    except OSError as refused:
        return refused.strerror or type(refused).__name__
