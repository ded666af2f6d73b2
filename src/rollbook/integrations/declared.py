"""
The settings of an integration, declared once; what a kind of source asks for beside them it declares itself.

`docs/reference/settings.md` is generated from `OPTIONS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rollbook.core.plan import Absence
from rollbook.sources.base import SourceKind


class Of(StrEnum):
    """Which integrations have a setting."""

    ARRIVING = "data sheets that arrive"
    SHEETS = "data sheets"
    STREAMS = "sources that give no files"
    ALL = "all"


@dataclass(frozen=True)
class Option:
    """
    One setting.

    Args:
        name: As written after `--set`; a name that ends in `.` begins a family of settings.

        choices: The values it may have; none = any text.

        of: The integrations that have it.
    """

    name: str
    default: str
    help: str
    choices: tuple[str, ...] = ()
    of: Of = Of.ALL

    @property
    def shown(self) -> str:
        """The name, with `…` for what follows in a family."""
        return f"{self.name}…" if self.name.endswith(".") else self.name


_JUDGED = (
    "Of the records of an entity, judged in each school and over the whole tenant; few records only where a school "
    "would lose all (`limit_spare`). `off`: no limit."
)
OPTIONS: tuple[Option, ...] = (
    Option("layout", "", "Layout of the sheets; blank: recognised from the files at each run.", of=Of.SHEETS),
    Option(
        "layout_text",
        "",
        "A layout of your own, as TOML (`layout_text=@my_layout.toml` reads a file); with `layout=custom`.",
        of=Of.SHEETS,
    ),
    Option("path", "", "Folder, file or zip that a run reads unless told otherwise.", of=Of.ARRIVING),
    Option(
        "mode",
        "full",
        "What the files hold: everything (`full`); only changes (`delta`), which never end anything by absence; or "
        "additions (`add`), which end nothing at all, whatever a row says.",
        ("full", "delta", "add"),
        of=Of.SHEETS,
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
        of=Of.SHEETS,
    ),
    Option(
        "sheet.",
        "",
        "`sheet.<file pattern>=SHEET`: which sheet of the layout such files are, whatever their columns; blank: they "
        "are left out. A sheet of a workbook is `book.xlsx/Sheet1`.",
        of=Of.SHEETS,
    ),
    Option(
        "header.",
        "",
        "`header.<sheet>.<header>=COLUMN`: which column of the layout the sender means; blank: it is not read.",
        of=Of.SHEETS,
    ),
    Option(
        "columns.",
        "",
        "`columns.<stream>=NAME,…`: further members of the records to read, for `field.…` to name; "
        "`address.zip` is the `zip` within the `address`.",
        of=Of.STREAMS,
    ),
)

BY_NAME = {option.name: option for option in OPTIONS}


def options_of(kind: SourceKind) -> list[Option]:
    """The settings that integrations of a kind of source have, beside those that it declares itself."""
    having = {Of.ALL, Of.SHEETS if kind.gives_sheets else Of.STREAMS}
    having |= set() if kind.is_pulled else {Of.ARRIVING}
    return [option for option in OPTIONS if option.of in having]


def value(settings: Mapping[str, str], name: str) -> str:
    """A setting, or its default."""
    return settings.get(name, BY_NAME[name].default)


# As a page -------------------------------------------------------------------------------------------


def settings_page() -> str:
    """The page `docs/reference/settings.md`: every setting, its default and what it does."""
    lines = [
        "<!-- Written by `make docs` from src/rollbook/integrations/declared.py. -->",
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
    only = "" if option.of is Of.ALL else f" Only for {option.of}."
    return f"{option.help}{choices}{only}".replace("|", "\\|")
