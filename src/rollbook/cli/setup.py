"""rollbook init, doctor."""

import json
import secrets
import sys
from contextlib import suppress
from dataclasses import asdict

import click

from rollbook.cli.support import say, with_settings

_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@click.command()
@click.option("--email", default="admin@example.org", show_default=True, help="Address of the first member.")
@click.option("--tenant", default="school", show_default=True, help="Short name of the first tenant.")
def init(email: str, tenant: str) -> None:
    """Prepare home, database, keys and the first member. Does no harm when run again."""
    prepare()
    from django.conf import settings

    say(f"Home:         {settings.ROLLBOOK_HOME}\nDatabase:     {_database()}")
    password = first_member(email, tenant)
    if password:
        say(f"First member: {email}\nPassword:     {password}\nThe password is shown this once.")
    else:
        say("Members:      as they were")
    say("Ready. Next: rollbook integration add NAME --set path=FOLDER")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """
    Say what is wrong with the hub, and how to mend it.

    Looks at settings, database, keys, storage and clock, and changes nothing. Exit code 1: there is an error.
    """
    from rollbook.cli.checkup import Level, examine

    levels = list(Level)
    worst, found = Level.OK, []
    for finding in examine():
        worst = max(worst, finding.level, key=levels.index)
        found.append(asdict(finding))
        if not as_json:
            level = click.style(f"{finding.level:9}", fg=_COLOURS[finding.level])
            say(f"{level}{finding.about:12}{finding.text}")
            if finding.mend:
                say(f"{'':21}{finding.mend}")
    if as_json:
        say(json.dumps({"worst": worst, "findings": found}, ensure_ascii=False))
    sys.exit(1 if worst is Level.ERROR else 0)


def prepare() -> None:
    """
    Make the home folder, the keys and the tables.

    Raises:
        SettingsError: The settings cannot be used, or the database cannot be reached.
    """
    with_settings()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError

    from rollbook.core.errors import SettingsError
    from rollbook.integrations.photos import photos

    runs = settings.ROLLBOOK_HOME / "runs"
    if not runs.exists():  # a new home: what lies in it is nobody else's business
        runs.mkdir(parents=True)
        with suppress(PermissionError):
            settings.ROLLBOOK_HOME.chmod(0o700)
    for folder in (photos().folder, settings.ROLLBOOK_HOME / "inbox"):
        folder.mkdir(exist_ok=True, mode=0o700)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise SettingsError(
            f"The database cannot be prepared: {' '.join(str(error).split())} "
            "Check DATABASE_URL, or run: rollbook doctor"
        ) from error


def first_member(email: str, slug: str) -> str:
    """
    Make the first tenant and an operator, unless there are some; the password if it was made now.

    Raises:
        SettingsError: The address or the short name cannot be used. Nothing was changed.
    """
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email, validate_slug

    from rollbook.accounts.models import Member, Tenant
    from rollbook.core.errors import SettingsError

    try:
        validate_email(email)
        validate_slug(slug)
    except ValidationError as error:
        raise SettingsError(f"--email {email} --tenant {slug}: {error.messages[0]} No member was made.") from error
    if not Tenant.objects.exists():
        Tenant.objects.create(slug=slug, name=slug.replace("-", " ").title())
    if Member.objects.exists():
        return ""
    password = secrets.token_urlsafe(12)
    Member.objects.create_member(email, password)
    return password


def _database() -> str:
    from django.db import connection

    name = connection.settings_dict["NAME"]
    return f"{connection.display_name} {name}"
