"""
Take the tests away from the developer's own hub, before anything reads a setting.

Loaded by name (`-p` in pyproject.toml), since pytest-django reads the settings before any
conftest.py: a `DATABASE_URL` left in a shell must never become the database that tests write to.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

TEST_DATABASE = "ROLLBOOK_TEST_DATABASE_URL"

# How the names of settings begin (each can end in _FILE), and those of PostgreSQL's and Django's own.
SETTINGS = (
    "ROLLBOOK_",
    "DATABASE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "CSRF_",
    "HTTPS",
    "LOG_",
    "RUN_",
    "SFTP_",
    "SOURCE_",
    "METRICS_",
    "PG",
    "DJANGO_",
    "BASE_URL",
    "EMAIL_",
    "MAIL_FROM",
    "WEBHOOK_",
)


def isolate() -> None:
    """Forget every setting of the shell; give the tests a home that ends with them."""
    database = os.environ.get(TEST_DATABASE)
    for name in list(os.environ):
        if name.startswith(SETTINGS):
            del os.environ[name]
    if database:
        os.environ["DATABASE_URL"] = os.environ[TEST_DATABASE] = database

    home = tempfile.mkdtemp(prefix="rollbook-tests-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["ROLLBOOK_HOME"] = home


isolate()
