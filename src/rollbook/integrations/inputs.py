"""What a run of an integration reads. Needs no Polars: whoever asks for a run is told at once when there is nothing."""

from pathlib import Path
from shlex import quote

from rollbook.core.errors import SettingsError
from rollbook.integrations.models import Integration


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
