"""What the commands share: Django, look-ups by name, progress on the terminal."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rollbook.accounts.models import Tenant
    from rollbook.intake.models import Account
    from rollbook.integrations.models import Integration
    from rollbook.runs.models import Run
    from rollbook.runs.progress import Progress as Watcher


def with_settings() -> None:
    """
    Read the settings.

    Raises:
        SettingsError: One of them cannot be used.
    """
    import django  # only here: `rollbook check` does without

    from rollbook.core.errors import SettingsError

    try:
        django.setup()
    except (ValueError, OSError) as error:
        raise SettingsError(f"The settings cannot be used: {error}. Correct the environment variable.") from error


def with_database() -> None:
    """
    Make the database usable.

    Raises:
        SettingsError: It cannot be reached, or was never prepared.
    """
    with_settings()
    from django.db import DatabaseError, connection
    from django.db.migrations.recorder import MigrationRecorder

    from rollbook.core.errors import SettingsError
    from rollbook.migrations import expected

    try:
        missing = expected() - set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError as error:
        raise SettingsError(
            f"The database cannot be used: {error}. Check DATABASE_URL, or run: rollbook doctor"
        ) from error
    if missing:
        raise SettingsError("The database is not prepared for this version. Run: rollbook init")


def the_integration(name: str) -> "Integration":
    """
    The integration called `name`, or `tenant/name`.

    Raises:
        SettingsError: There is none, or several.
    """
    from rollbook.core.errors import SettingsError
    from rollbook.integrations.models import Integration

    tenant, _, own = name.rpartition("/")
    found = list(
        Integration.objects.select_related("tenant").filter(name=own, **({"tenant__slug": tenant} if tenant else {}))[
            :2
        ]
    )
    if not found:
        raise SettingsError(f"There is no integration {name!r}. See: rollbook integration list")
    if len(found) > 1:
        raise SettingsError(f"Several tenants have an integration {name!r}. Write TENANT/{name}.")
    return found[0]


def the_run(number: int) -> "Run":
    """
    The run with this number.

    Raises:
        SettingsError: There is none.
    """
    from rollbook.core.errors import SettingsError
    from rollbook.runs.models import Run

    try:
        return Run.objects.select_related("integration__tenant").get(pk=number)
    except Run.DoesNotExist:
        raise SettingsError(f"There is no run {number}. See: rollbook runs") from None


def the_tenant(slug: str) -> "Tenant":
    """
    The tenant called `slug`, or the only one when it is blank.

    Raises:
        SettingsError: There is none, or several and no name.
    """
    from rollbook.accounts.models import Tenant
    from rollbook.core.errors import SettingsError

    tenants = Tenant.objects.filter(slug=slug) if slug else Tenant.objects.order_by("pk")
    found = list(tenants[:2])
    if not found:
        raise SettingsError(
            f"There is no tenant {slug!r}. See: rollbook tenant list"
            if slug
            else "There is no tenant yet. Run: rollbook init"
        )
    if len(found) > 1:
        raise SettingsError("There are several tenants; say which with --tenant.")
    return found[0]


@contextmanager
def progress(quiet: bool) -> Iterator["Watcher"]:
    """Something to tell of a run's progress: bars on a terminal, nothing elsewhere."""
    from rollbook.runs.progress import Quiet

    if quiet or not sys.stderr.isatty():
        yield Quiet()
        return
    from rollbook.cli.bars import bars

    with bars() as watcher:
        yield watcher


def say(text: str) -> None:
    """A line for the person."""
    click.echo(text)


def the_account(login: str) -> "Account":
    """The account of a sender; SettingsError when there is none."""
    from rollbook.core.errors import SettingsError
    from rollbook.intake.models import Account

    found = Account.objects.select_related("integration__tenant").filter(login=login).first()
    if found is None:
        raise SettingsError(f"There is no account {login!r}. See: rollbook sftp-account list")
    return found


def print_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows under the names of their columns."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " ").capitalize())
    for row in rows:
        table.add_row(*(str(row[column]) for column in columns))
    Console().print(table)
