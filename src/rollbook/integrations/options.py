"""
The settings of an integration: declared once, kept as text, read into what the steps need.

`docs/reference/settings.md` is generated from `OPTIONS`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from shlex import quote

from rollbook.core import schema
from rollbook.core.codes import CodeMapping, Otherwise, faults
from rollbook.core.errors import SettingsError
from rollbook.core.guards import parse_limits
from rollbook.core.household import FamilyPart
from rollbook.core.layout import Layout, SheetLayout, with_fields
from rollbook.core.plan import Absence
from rollbook.core.schema import Kind
from rollbook.core.terms import Terms
from rollbook.core.values import Reading
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.integrations import models
from rollbook.landing.readers import Template
from rollbook.sources import layouts
from rollbook.sources.kinds import KINDS


@dataclass(frozen=True)
class Option:
    """
    One setting.

    Args:
        name: As written after `--set`; a name that ends in `.` begins a family of settings.

        choices: The values it may have; none = any text.
    """

    name: str
    default: str
    help: str
    choices: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The name, with `…` for what follows in a family."""
        return f"{self.name}…" if self.name.endswith(".") else self.name


_JUDGED = (
    "Of the records of an entity, judged in each school and over the whole tenant; few records only where a school "
    "would lose all (`limit_spare`). `off`: no limit."
)
OPTIONS: tuple[Option, ...] = (
    Option("layout", "", "Layout of the sheets; blank: recognised from the files at each run."),
    Option(
        "layout_text",
        "",
        "A layout of your own, as TOML (`layout_text=@my_layout.toml` reads a file); with `layout=custom`.",
    ),
    Option("path", "", "Folder, file or zip that a run reads unless told otherwise."),
    Option(
        "mode",
        "full",
        "What the files hold: everything (`full`), or only changes (`delta`), which never end anything by absence.",
        ("full", "delta"),
    ),
    Option(
        "absence",
        "keep",
        "What happens to a record that a complete, full delivery no longer has: it stays (`keep`), "
        "only enrollments end (`end_enrollment`), or it is deactivated (`deactivate`). Nothing is ever deleted.",
        tuple(a.value for a in Absence),
    ),
    Option(
        "blank",
        "keep",
        "What a blank value does: the old value stays (`keep`) or is cleared (`clear`).",
        ("keep", "clear"),
    ),
    Option(
        "date_format", "", "Formats of dates beside YYYY-MM-DD, comma separated: `M/d/yyyy`, `dd.MM.yyyy`, `yyyyMMdd` …"
    ),
    Option("phone_region", "US", "Country of telephone numbers without a country code, ISO 3166-1 alpha-2."),
    Option(
        "family",
        "",
        "Family identifier: the values that must all agree for students to share a household, comma separated: "
        "`family_key`, `head_of_household_given_name`, `head_of_household_family_name`, `home_phone`, `home_address`.",
    ),
    Option(
        "match",
        "email",
        "How a new person is recognised as one whom another integration or a member entered, in order, "
        "comma separated: "
        "`email`, `state_id`, `employee_id`, `student_number`, `identifier`; blank: never.",
    ),
    Option("grades", "", "Only students of these grades, comma separated; blank: all."),
    Option("schools", "", "Only these schools, by their id in the files, comma separated; blank: all."),
    Option("limit_deactivate", "10", f"Hold the plan when it would deactivate more than this percentage. {_JUDGED}"),
    Option("limit_update", "75", f"Hold the plan when it would update more than this percentage. {_JUDGED}"),
    Option(
        "limit_create",
        "25",
        f"Hold the plan when it would create more than this percentage, after the first load. {_JUDGED}",
    ),
    Option(
        "limit_reject",
        "5",
        "Hold the plan when more than this percentage of the received records of an entity were rejected; "
        "`off`: no limit.",
    ),
    Option(
        "limit_changed_ids",
        "50",
        "Hold the plan when at least this percentage of the people it deactivates, and at least five, would come back "
        "as new people; `off`: no limit.",
    ),
    Option(
        "limit_spare",
        "5",
        "So many records of an entity, or fewer, are never held; but two or more are, when a school would lose all.",
    ),
    Option("codes.", "", "`codes.<model>=NAME`: the code mapping used for a code model."),
    Option(
        "field.",
        "",
        "`field.<entity>.<field>=COLUMN`: read a roster field from another column; blank: leave the field out.",
    ),
    Option(
        "read.",
        "",
        "`read.<file pattern>.<what>`: how files are read that do not say it themselves: `header_row`, `columns`, "
        "`widths` (name:start:length, …), `delimiter`, `encoding`.",
    ),
)

SOURCES = tuple(KINDS)
MATCHED_BY = {"email", "state_id", "employee_id", "student_number", "identifier", "local_id", "user_master_identifier"}
_BY_NAME = {option.name: option for option in OPTIONS}
_STRICT = (Kind.DATE, Kind.BOOLEAN, Kind.INTEGER)  # the database takes nothing else
_PATTERN = {"yyyy": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d"}


def checked(settings: Mapping[str, str]) -> dict[str, str]:
    """
    The settings, when all of them can be used.

    Raises:
        SettingsError: One is unknown or has a value that it cannot have.
    """
    for name, text in settings.items():
        option = _BY_NAME.get(name) or next(
            (o for o in OPTIONS if o.name.endswith(".") and name.startswith(o.name)), None
        )
        if option is None:
            raise SettingsError(_no_setting(name))
        if option.choices and text not in option.choices:
            raise SettingsError(f"{name} is {text!r}; it must be one of: {', '.join(option.choices)}.")
    if unknown := set(_names(value(settings, "family"))) - {part.value for part in FamilyPart}:
        raise SettingsError(
            f"family: {', '.join(sorted(unknown))} is not a part a family can be told by; "
            f"there are: {', '.join(FamilyPart)}."
        )
    if unknown := set(_names(value(settings, "match"))) - MATCHED_BY:
        raise SettingsError(
            f"match: {', '.join(sorted(unknown))} cannot tell people; there are: {', '.join(sorted(MATCHED_BY))}."
        )
    parse_limits(settings)
    _date_formats(settings.get("date_format", ""))
    _templates(settings)
    _bindings(settings)
    if layout := _layout(settings):
        _bound(layout, settings)
    return dict(settings)


def _no_setting(name: str) -> str:
    shown = {option.name.rstrip("."): option.shown for option in OPTIONS}
    near = [shown[like] for like in get_close_matches(name.partition(".")[0], shown)]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no setting {name!r}.{meant} There are: {', '.join(shown.values())}."


def value(settings: Mapping[str, str], name: str) -> str:
    """A setting, or its default."""
    return settings.get(name, _BY_NAME[name].default)


def layout(integration: models.Integration) -> Layout | None:
    """The layout that the integration names; None = recognise it."""
    return _layout(integration.settings)


def terms(integration: models.Integration, chosen: Layout) -> Terms:
    """How the rows of the integration are to be understood, given the layout they have."""
    settings = integration.settings
    formats = _date_formats(settings.get("date_format", ""))
    return Terms(
        _bound(chosen, settings),
        Reading(formats or chosen.dates, _codes(integration), value(settings, "phone_region")),
        _names(value(settings, "family")),
        {name: _names(value(settings, name)) for name in ("grades", "schools")},
    )


def absence(integration: models.Integration) -> Absence:
    """The absence policy."""
    return Absence(value(integration.settings, "absence"))


def matching(integration: models.Integration) -> tuple[tuple[str, ...], bool]:
    """How people are recognised: the agreed cross ids in order, and whether by e-mail too."""
    wanted = _names(value(integration.settings, "match"))
    return tuple(name for name in wanted if name != "email"), "email" in wanted


def templates(integration: models.Integration) -> dict[str, Template]:
    """File pattern -> how such files are read."""
    return _templates(integration.settings)


def _layout(settings: Mapping[str, str]) -> Layout | None:
    if text := settings.get("layout_text"):
        return layouts.load_text(text)
    name = settings.get("layout", "")
    if name == "custom":
        raise SettingsError(
            "The layout custom needs layout_text: the description of your own sheets (see the page on layouts)."
        )
    return layouts.load(name) if name else None


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


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _date_formats(text: str) -> tuple[str, ...]:
    """`M/d/yyyy` as people and SIS exports write it -> `%m/%d/%Y`."""
    formats = []
    for pattern in _names(text):
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
            for name, start, length in (w.split(":") for w in _names(said.get("widths", "")))
        )
        header_row = int(said.get("header_row", "1"))
    except ValueError as error:
        raise SettingsError(
            f"read.{pattern}: header_row is a line number, and widths are name:start:length, comma separated."
        ) from error
    delimiter = said.get("delimiter", "").replace("\\t", "\t").replace("tab", "\t") or None
    return Template(header_row, _names(said.get("columns", "")), widths, delimiter, said.get("encoding") or None)


# As a page -------------------------------------------------------------------------------------------


def settings_page() -> str:
    """The page `docs/reference/settings.md`: every setting, its default and what it does."""
    lines = [
        "<!-- Written by `make docs` from src/rollbook/integrations/options.py. -->",
        "",
        "# Settings of an integration",
        "",
        "`rollbook integration add NAME --set SETTING=VALUE`, or later `rollbook integration set NAME",
        "SETTING=VALUE`; `SETTING=` takes it back to its default (`field.…=` leaves the field out), `SETTING=@FILE`",
        "reads the value from a file.",
        "A changed setting holds from the next run on, also when the files are the same.",
        "",
        "| Setting | Default | What it does |",
        "|---|---|---|",
    ]
    lines += [f"| `{o.shown}` | {_default(o)} | {_said(o)} |" for o in OPTIONS]
    return "\n".join(lines) + "\n"


def _default(option: Option) -> str:
    return f"`{option.default}`" if option.default else ""


def _said(option: Option) -> str:
    choices = f" One of {', '.join(f'`{choice}`' for choice in option.choices)}." if option.choices else ""
    return f"{option.help}{choices}".replace("|", "\\|")
