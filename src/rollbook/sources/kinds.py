"""The kinds of sources there are. Nothing is discovered: a source that is not listed here does not exist."""

from rollbook.core.errors import SettingsError
from rollbook.sources import oneroster, schooltool, sheets_kind
from rollbook.sources.aeries import declaration as aeries
from rollbook.sources.base import Asked, SourceKind
from rollbook.sources.database import declaration as database
from rollbook.sources.illuminate import declaration as illuminate
from rollbook.sources.powerschool import declaration as powerschool
from rollbook.sources.sheets_sftp import declaration as sheets_sftp
from rollbook.sources.veracross import declaration as veracross

_ALL = (
    sheets_kind.KIND,
    sheets_sftp.KIND,
    aeries.KIND,
    illuminate.KIND,
    powerschool.REST,
    powerschool.QUERY,
    veracross.KIND,
    oneroster.KIND,
    database.KIND,
    schooltool.KIND,
)
KINDS: dict[str, SourceKind] = {kind.name: kind for kind in _ALL}


def check_setting(kind: SourceKind, name: str, text: str) -> None:
    """
    Look at the value of one setting that a source declares.

    Raises:
        SettingsError: It cannot have that value.
    """
    setting = kind.setting(name)
    if not text:
        return
    if setting.asked is Asked.CHOICE and text not in setting.choices:
        raise SettingsError(f"{name} is {text!r}; it must be one of: {', '.join(setting.choices)}.")
    if setting.asked is Asked.FLAG and text not in ("on", "off"):
        raise SettingsError(f"{name} is {text!r}; it must be on or off.")
    if setting.asked is Asked.NUMBER and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise SettingsError(f"{name} is {text!r}; it must be a whole number.")
    if setting.asked is Asked.URL and not text.startswith(("https://", "http://")):
        raise SettingsError(f"{name} is an address that looks like https://host/path.")


def missing(kind: SourceKind, values: dict[str, str]) -> list[str]:
    """The titles of the settings that are needed, as the others stand, and are blank."""
    asked = (s for s in kind.settings if s.required and kind.is_asked(s, values))
    return [setting.title for setting in asked if not kind.value(values, setting.name)]
