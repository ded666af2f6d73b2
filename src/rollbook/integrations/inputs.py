"""What a run of an integration reads. Needs no Polars: whoever asks for a run is told at once when there is nothing."""

from pathlib import Path
from shlex import quote

from rollbook.core.errors import SettingsError
from rollbook.integrations.models import Integration
from rollbook.sources.kinds import KINDS


def is_pulled(integration: Integration) -> bool:
    """Whether the hub fetches the data of an integration, instead of waiting for files."""
    return KINDS[integration.source].is_pulled


def arriving() -> list[str]:
    """The kinds of sources whose files arrive, sent by somebody."""
    return [name for name, kind in KINDS.items() if not kind.is_pulled]


def gives_sheets(integration: Integration) -> bool:
    """Whether the data of an integration are files, arriving or fetched."""
    return KINDS[integration.source].gives_sheets


def check_input(integration: Integration, other: str = "") -> None:
    """
    Refuse a run that would have nothing to read.

    Raises:
        SettingsError: There are no files, or files are named for an integration that reads none.
    """
    if not is_pulled(integration):
        input_path(integration, other)
    elif other and not gives_sheets(integration):
        raise SettingsError(
            f"{integration.name} reads {KINDS[integration.source].title}, not files. Nothing was done. "
            "For files, add an integration of data sheets."
        )


def input_path(integration: Integration, other: str = "") -> Path:
    """
    Folder, file or zip.

    Args:
        other: A path that was named for one run, instead of the integration's own.

    Raises:
        SettingsError: There is none.
    """
    named = other or integration.settings.get("path")
    if not named:
        raise SettingsError(
            f"{integration.name} has no path of its own. Say what to read: "
            f"rollbook run {quote(integration.name)} --from PATH"
        )
    return Path(named)
