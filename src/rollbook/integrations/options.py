"""The settings of an integration, kept as text, read into what the steps need; `declared` says which there are."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from shlex import quote

from rollbook.core import schema
from rollbook.core.bindings import with_columns, with_fields, without_unread
from rollbook.core.codes import CodeMapping, Otherwise, faults
from rollbook.core.errors import SettingsError
from rollbook.core.guards import parse_limits
from rollbook.core.household import FamilyPart
from rollbook.core.layout import Layout, SheetLayout
from rollbook.core.lists import listed
from rollbook.core.plan import Absence
from rollbook.core.schema import Kind
from rollbook.core.terms import Terms
from rollbook.core.values import Reading
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.integrations import models
from rollbook.integrations.declared import options_of, value
from rollbook.integrations.naming import named
from rollbook.landing.readers import Template
from rollbook.sources import layouts
from rollbook.sources.base import SourceKind
from rollbook.sources.kinds import KINDS, check_setting

SOURCES = tuple(KINDS)
MATCHED_BY = {"email", "state_id", "employee_id", "student_number", "identifier", "local_id", "user_master_identifier"}
_STRICT = (Kind.DATE, Kind.BOOLEAN, Kind.INTEGER)  # the database takes nothing else
_PATTERN = {"yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d"}


def checked(settings: Mapping[str, str], source: str = "sheets") -> dict[str, str]:
    """
    The settings, when all of them can be used.

    Args:
        source: The kind of source, whose own settings may be among them.

    Raises:
        SettingsError: One is unknown or has a value that it cannot have.
    """
    kind = KINDS[source]
    known = options_of(kind)
    for name, text in settings.items():
        if any(setting.is_called(name) for setting in kind.settings):
            check_setting(kind, name, text)
            continue
        option = next((o for o in known if o.name == name or (o.name.endswith(".") and name.startswith(o.name))), None)
        if option is None:
            raise SettingsError(_no_setting(name, kind))
        if option.choices and text not in option.choices:
            raise SettingsError(f"{name} is {text!r}; it must be one of: {', '.join(option.choices)}.")
    if unknown := set(listed(value(settings, "family"))) - {part.value for part in FamilyPart}:
        raise SettingsError(
            f"family: {', '.join(sorted(unknown))} is not a part a family can be told by; "
            f"there are: {', '.join(FamilyPart)}."
        )
    if unknown := set(listed(value(settings, "match"))) - MATCHED_BY:
        raise SettingsError(
            f"match: {', '.join(sorted(unknown))} cannot tell people; there are: {', '.join(sorted(MATCHED_BY))}."
        )
    parse_limits(settings)
    _date_formats(settings.get("date_format", ""))
    _templates(settings)
    _bindings(settings)
    if layout := _layout(settings, source):
        _bound(layout, settings)
    return dict(settings)


def _no_setting(name: str, kind: SourceKind) -> str:
    shown = {option.name.rstrip("."): option.shown for option in options_of(kind)}
    shown |= {setting.name.rstrip("."): setting.shown for setting in kind.settings}
    near = [shown[like] for like in get_close_matches(name.partition(".")[0], shown)]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no setting {name!r}.{meant} There are: {', '.join(shown.values())}."


def layout(integration: models.Integration) -> Layout | None:
    """The layout that the integration names; None = recognise it."""
    return _layout(integration.settings, integration.source)


def suggested(integration: models.Integration) -> Layout | None:
    """The layout before any binding of the integration's own; None where no layout is named."""
    if KINDS[integration.source].gives_sheets:
        return layout(integration)
    return KINDS[integration.source].load().layout(integration.settings)


def bound(integration: models.Integration) -> Layout | None:
    """The layout with the integration's own bindings; None where no layout is named."""
    chosen = layout(integration)
    return _bound(chosen, integration.settings) if chosen else None


def terms(integration: models.Integration, chosen: Layout) -> Terms:
    """How the rows of the integration are to be understood, given the layout they have."""
    settings = integration.settings
    formats = _date_formats(settings.get("date_format", ""))
    return Terms(
        _bound(chosen, settings),
        Reading(formats or chosen.dates, _codes(integration), value(settings, "phone_region")),
        listed(value(settings, "family")),
        {name: listed(value(settings, name)) for name in ("grades", "schools")},
    )


def absence(integration: models.Integration) -> Absence:
    """The absence policy."""
    return Absence(value(integration.settings, "absence"))


def matching(integration: models.Integration) -> tuple[tuple[str, ...], bool]:
    """How people are recognised: the agreed cross ids in order, and whether by e-mail too."""
    wanted = listed(value(integration.settings, "match"))
    return tuple(name for name in wanted if name != "email"), "email" in wanted


def templates(integration: models.Integration) -> dict[str, Template]:
    """File pattern -> how such files are read."""
    return _templates(integration.settings)


def _layout(settings: Mapping[str, str], source: str) -> Layout | None:
    if KINDS[source].gives_sheets:
        return named(_sheets(settings), settings)
    return _streams(settings, source)


def _sheets(settings: Mapping[str, str]) -> Layout | None:
    if text := settings.get("layout_text"):
        return layouts.load_text(text)
    name = settings.get("layout", "")
    if name == "custom":
        raise SettingsError(
            "The layout custom needs layout_text: the description of your own sheets (see the page on layouts)."
        )
    return layouts.load(name) if name else None


def _streams(settings: Mapping[str, str], source: str) -> Layout:
    """The streams of a source with what the integration reads beside them, and without what it leaves out."""
    further = {n.removeprefix("columns."): listed(text) for n, text in settings.items() if n.startswith("columns.")}
    try:
        return without_unread(with_columns(KINDS[source].load().layout(settings), further, _bindings(settings)))
    except KeyError as error:
        raise SettingsError(f"columns.{error.args[0]}: there is no stream of that name.") from error


def _bindings(settings: Mapping[str, str]) -> dict[str, str]:
    bindings = {name.removeprefix("field."): text for name, text in settings.items() if name.startswith("field.")}
    for target in bindings:
        entity, _, name = target.partition(".")
        try:
            schema.entity(entity).field(name)
        except KeyError as error:
            raise SettingsError(f"field.{target}: there is no roster field {target!r}.") from error
    return bindings


def _bound(chosen: Layout, settings: Mapping[str, str]) -> Layout:
    """
    The layout with the integration's own bindings.

    Raises:
        SettingsError: A date, a number or a yes-no field would get what is read as something else.
    """
    bindings = _bindings(settings)
    bound = with_fields(chosen, bindings)
    for sheet in bound.sheets:
        for rule in sheet.rules:
            for name in (f for f in rule.fields if bindings.get(f"{rule.entity}.{f}")):
                kind, choices = schema.entity(rule.entity).field(name).kind, rule.fields[name].choices
                if kind in _STRICT and any(_kind(sheet, choice) is not kind for choice in choices):
                    raise SettingsError(
                        f"field.{rule.entity}.{name}: {' ?? '.join(choices)} of the sheet {sheet.name} is not read as "
                        f"a {kind.value}. Name a column that is, or say `kind` in a layout of your own."
                    )
    return bound


def _kind(sheet: SheetLayout, choice: str) -> Kind | None:
    """How a column is read; None for what is put together."""
    return next((c.kind for c in sheet.columns if choice in (c.name, "{" + c.name + "}") and not c.separator), None)


def _codes(integration: models.Integration) -> dict[str, CodeMapping]:
    wanted = {n.removeprefix("codes."): v for n, v in integration.settings.items() if n.startswith("codes.") and v}
    found = {m.name: m for m in models.CodeMapping.objects.filter(tenant=integration.tenant, name__in=wanted.values())}
    mappings = {}
    for model, name in wanted.items():
        if model not in CODE_MODELS:
            raise SettingsError(
                f"codes.{model}: there is no code model {model!r}. There are: {', '.join(sorted(CODE_MODELS))}."
            )
        if name not in found:
            raise SettingsError(
                f"codes.{model}: there is no code mapping {name!r}. "
                f"Import it first: rollbook codes import {quote(name)} …"
            )
        mappings[model] = as_mapping(found[name])
    return mappings


def as_mapping(row: models.CodeMapping) -> CodeMapping:
    """
    A stored code mapping as the rules use it.

    Raises:
        SettingsError: It holds something that cannot be used.
    """
    mapping = CodeMapping(row.model, row.entries, Otherwise(row.otherwise), row.otherwise_value, row.is_exact)
    if wrong := faults(mapping):
        raise SettingsError(f"The code mapping {row.name!r} cannot be used: {' '.join(wrong)}")
    return mapping


def _date_formats(text: str) -> tuple[str, ...]:
    """`M/d/yyyy` as people and SIS exports write it -> `%m/%d/%Y`."""
    formats = []
    for pattern in listed(text):
        made = re.sub("yyyy|yy|MMMM|MMM|MM|M|dd|d", lambda found: _PATTERN[found.group()], pattern)
        if [
            part.lower()
            for part in sorted(re.findall("%(.)", made.replace("%b", "%m").replace("%B", "%m")), key=str.lower)
        ] != ["d", "m", "y"]:
            raise SettingsError(
                f"date_format: {pattern!r} is not a date format; write for example M/d/yyyy or dd.MM.yyyy."
            )
        formats.append(made)
    return tuple(formats)


def _templates(settings: Mapping[str, str]) -> dict[str, Template]:
    parts: dict[str, dict[str, str]] = {}
    for name, text in settings.items():
        if name.startswith("read."):
            pattern, _, what = name.removeprefix("read.").rpartition(".")
            parts.setdefault(pattern, {})[what] = text
    return {pattern: _template(pattern, said) for pattern, said in parts.items()}


def _template(pattern: str, said: Mapping[str, str]) -> Template:
    if unknown := set(said) - {"header_row", "columns", "widths", "delimiter", "encoding"}:
        raise SettingsError(f"read.{pattern}: {', '.join(sorted(unknown))} cannot be set.")
    try:
        widths = tuple(
            (name, int(start), int(length))
            for name, start, length in (w.split(":") for w in listed(said.get("widths", "")))
        )
        header_row = int(said.get("header_row", "1"))
    except ValueError as error:
        raise SettingsError(
            f"read.{pattern}: header_row is a line number, and widths are name:start:length, comma separated."
        ) from error
    delimiter = said.get("delimiter", "").replace("\\t", "\t").replace("tab", "\t") or None
    return Template(header_row, listed(said.get("columns", "")), widths, delimiter, said.get("encoding") or None)
