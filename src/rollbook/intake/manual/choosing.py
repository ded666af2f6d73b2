"""
How the files of an upload are to be read: what a member chose, what was chosen before, and the settings that say it.

All of it becomes settings of the run (`sheet.…`, `header.…`, `read.…`, `layout`, `mode`, `date_format`), so the
preview is a run like any other.
"""

import glob
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from rollbook.core.bindings import with_names
from rollbook.core.layout import EXTRA, Layout, SheetLayout, normal_name
from rollbook.intake.manual.looking import Look, Looks, is_unread
from rollbook.intake.manual.models import ManualUpload
from rollbook.integrations import options
from rollbook.integrations.models import Integration
from rollbook.integrations.naming import header_setting, sheet_setting
from rollbook.landing.readers import Template
from rollbook.sources import layouts

DATE_ORDERS = {
    "dmy": "d/M/yyyy,d.M.yyyy,d-M-yyyy,d/M/yy",
    "mdy": "M/d/yyyy,M.d.yyyy,M-d-yyyy,M/d/yy",
    "ymd": "yyyy/M/d,yyyy.M.d,yyyyMMdd",
}
_LIKE = 0.85
_REMEMBERED = 20
"""So many former uploads are looked at."""


@dataclass(frozen=True)
class SheetChoice:
    """
    How one sheet is read.

    Args:
        sheet: The sheet of the layout; blank: it is left out, None: nobody has said.

        header_row: None: as found.

        columns: Header -> column, `@extra` = a further field, blank = not read; of the headers that were looked at.
    """

    sheet: str | None = None
    header_row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """
    What a member chose for an upload.

    Args:
        layout: Where the integration names none.

        date_order: One of `DATE_ORDERS`; blank: as the integration and its layout say.

        is_full: These are all records: who is missing may be ended, as the integration's absence policy says.
    """

    layout: str = ""
    date_order: str = ""
    is_full: bool = False
    sheets: Mapping[str, SheetChoice] = field(default_factory=dict)

    @classmethod
    def of(cls, upload: ManualUpload) -> "Choices":
        """As they were kept."""
        kept: dict[str, Any] = dict(upload.choices)
        sheets = {file: SheetChoice(**one) for file, one in kept.pop("sheets", {}).items()}
        return cls(**kept, sheets=sheets)

    def as_json(self) -> dict[str, Any]:
        """As they are kept."""
        return asdict(self)


# What the files are matched to -------------------------------------------------------------------------


def names_layout(integration: Integration) -> bool:
    """Whether the integration itself says which layout its files have."""
    return bool(integration.settings.get("layout") or integration.settings.get("layout_text"))


def layout_for(integration: Integration, choices: Choices) -> Layout | None:
    """
    The layout that the files are matched to; None = the best fit.

    It knows the headers that were matched by hand before.

    Raises:
        SettingsError: The integration names one that cannot be used.
    """
    layout = options.layout(integration)
    if layout is None and choices.layout:
        layout = layouts.load(choices.layout)
    return _as_remembered(layout, integration) if layout else None


def templates_for(integration: Integration, choices: Choices, patterns: Mapping[str, str]) -> dict[str, Template]:
    """
    How files are read, with the header rows that were chosen.

    Args:
        patterns: File -> what settings of readers know it by.
    """
    known = options.templates(integration)
    rows = {file: one.header_row for file, one in choices.sheets.items() if one.header_row is not None}
    own = {
        glob.escape(pattern): replace(_template(pattern, known), header_row=rows[file])
        for file, pattern in patterns.items()
        if file in rows
    }
    return own | known


def _template(pattern: str, known: Mapping[str, Template]) -> Template:
    names = [name.casefold() for name in (pattern, *pattern.split("/"))]
    fits = (t for p, t in known.items() if any(fnmatchcase(name, p.casefold()) for name in names))
    return next(fits, Template())


# What was chosen before --------------------------------------------------------------------------------


def _former(integration: Integration) -> Iterable[Choices]:
    """The choices of earlier uploads that were previewed, the latest first."""
    uploads = ManualUpload.objects.filter(integration=integration, run__isnull=False)
    return [Choices.of(upload) for upload in uploads.order_by("-pk")[:_REMEMBERED]]


def _as_remembered(layout: Layout, integration: Integration) -> Layout:
    headers: dict[str, dict[str, str]] = {sheet.name: {} for sheet in layout.sheets}
    for one in (one for choices in _former(integration) for one in choices.sheets.values()):
        if one.sheet not in headers or one.sheet is None:
            continue
        sheet, known = layout.sheet(one.sheet), headers[one.sheet]
        names = {column.name for column in sheet.columns if not column.drop}
        for header, column in one.columns.items():
            is_new = normal_name(header) not in map(normal_name, known)
            if is_new and column in {"", *names} and column != _by_itself(sheet, header):
                known[header] = column
    return with_names(layout, layout.files, headers) if any(headers.values()) else layout


def first(integration: Integration) -> Choices:
    """What an upload begins with: the layout and the order of dates of the one before."""
    for before in _former(integration):
        return Choices(layout=before.layout, date_order=before.date_order)
    return Choices()


def proposed(integration: Integration, looks: Looks, choices: Choices) -> Choices:
    """The choices, with a proposal for every sheet that nothing was chosen for: as before, else as recognised."""
    former = list(_former(integration))
    sheets = dict(choices.sheets)
    for look in looks.sheets:
        now = sheets.get(look.file, SheetChoice())
        before = next((c.sheets[look.file].sheet for c in former if look.file in c.sheets), None)
        if now.sheet is None:
            sheets[look.file] = replace(now, sheet="" if look.problem else look.recognised or before or "")
    return replace(choices, layout=choices.layout or looks.best_layout(), sheets=sheets)


def column_for(sheet: SheetLayout, choice: SheetChoice, header: str) -> str:
    """What a header is read as: as chosen, else as the layout (and what was chosen before) says."""
    return choice.columns[header] if header in choice.columns else _by_itself(sheet, header)


def likely(sheet: SheetLayout, header: str) -> str:
    """The column that a header which nobody knows is misspelled for, perhaps; blank: none."""
    names = {normal_name(name): c.name for c in sheet.columns if not c.drop for name in (c.name, *c.aliases)}
    wanted = normal_name(header)
    near = [name for name in get_close_matches(wanted, names, 3, _LIKE) if _digits(name) == _digits(wanted)]
    return names[near[0]] if near else ""


def _digits(name: str) -> str:
    """`phone2` is not misspelled for `phone3`."""
    return "".join(filter(str.isdigit, name))


def _by_itself(sheet: SheetLayout, header: str) -> str:
    column = sheet.find(header)
    return column.name if column else EXTRA if sheet.is_extra(header) else ""


# As settings of a run ----------------------------------------------------------------------------------


def settings_of(integration: Integration, looks: Looks, choices: Choices) -> dict[str, str]:
    """
    The settings that make a run read the files as chosen.

    Raises:
        SettingsError: They cannot be used together with those of the integration.
    """
    plain = options.layout(integration) or layouts.load(choices.layout)
    found = {"mode": "full" if choices.is_full else "add"}
    if not names_layout(integration):
        found["layout"] = choices.layout
    if choices.date_order:
        found["date_format"] = DATE_ORDERS[choices.date_order]
    templates = options.templates(integration)
    for look in looks.sheets:
        choice = choices.sheets.get(look.file, SheetChoice())
        found[sheet_setting(look.file)] = choice.sheet or ""
        found |= _reading(look, choice, _template(look.pattern, templates))
        if choice.sheet:
            found |= _headers(look, plain.sheet(choice.sheet), choice)
    options.checked({**integration.settings, **found}, integration.source)
    return found


def _reading(look: Look, choice: SheetChoice, known: Template) -> dict[str, str]:
    if choice.header_row is None or choice.header_row == known.header_row:
        return {}
    said = {"header_row": str(choice.header_row), "delimiter": known.delimiter, "encoding": known.encoding}
    return {f"read.{glob.escape(look.pattern)}.{name}": text for name, text in said.items() if text}


def _headers(look: Look, sheet: SheetLayout, choice: SheetChoice) -> dict[str, str]:
    """The headers that mean something else than the layout says by itself."""
    wanted = {header: column_for(sheet, choice, header) for header in look.header if not is_unread(header, sheet)}
    return {
        header_setting(sheet.name, header): column
        for header, column in wanted.items()
        if column not in (_by_itself(sheet, header), EXTRA)
    }
