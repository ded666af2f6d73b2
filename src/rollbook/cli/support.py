"""What the commands share: Django, look-ups by name, progress on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import django
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from rollbook.accounts.models import Tenant
    from rollbook.integrations.models import Integration
    from rollbook.runs.models import Run


def with_settings() -> None:
    """
    Read the settings.

    Raises:
        SettingsError: One of them cannot be used.
    """
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
    from django.db.migrations.executor import MigrationExecutor

    from rollbook.core.errors import SettingsError

    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
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
        raise SettingsError(f"There is no tenant {slug!r}." if slug else "There is no tenant yet. Run: rollbook init")
    if len(found) > 1:
        raise SettingsError("There are several tenants; say which with --tenant.")
    return found[0]


class TerminalProgress:
    """A spinner for each step, and a bar while rows are written."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, name: str) -> None:
        """A step begins."""
        if self._task is not None:
            self._bars.update(self._task, total=1, completed=1)
        self._task = self._bars.add_task(name.capitalize(), total=None)

    def expect(self, rows: int) -> None:
        """So many rows will be written."""
        if self._task is not None:
            self._bars.update(self._task, total=max(rows, 1))

    def advance(self, rows: int) -> None:
        """So many more rows are written."""
        if self._task is not None:
            self._bars.advance(self._task, rows)


@contextmanager
def progress(quiet: bool) -> Iterator[Any]:
    """Something to tell of a run's progress: bars on a terminal, nothing elsewhere."""
    from rollbook.runs.progress import Quiet

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Quiet()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield TerminalProgress(bars)


def say(text: str) -> None:
    """A line for the person."""
    click.echo(text)
