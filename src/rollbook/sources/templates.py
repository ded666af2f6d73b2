"""
Empty sheets to fill, and what each column means: for `rollbook template` and the pages of the docs.

Both are written from the layout alone, so they cannot disagree with what is read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rollbook.core.errors import SettingsError
from rollbook.core.layout import EACH, Column, Layout, Rule, SheetLayout, Source
from rollbook.core.vocabulary import CODE_MODELS, CodeModel
from rollbook.sources import layouts

GUIDE = "FIELDS.md"
PAGES = "docs/reference/layouts"
MANY_CODES = 60  # a longer list is named, not printed: countries, languages
DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}


# Templates -------------------------------------------------------------------------------------------


def write_template(layout: Layout, folder: Path) -> list[Path]:
    """
    Write the empty sheets of a layout and a guide to their columns, and return their paths.

    Columns that are never read, such as passwords, are left out: what nobody asks for is not sent.

    Raises:
        SettingsError: The layout has no sheets of its own.
    """
    if not layout.sheets:
        raise SettingsError(f"The layout {layout.name} has no sheets of its own. Write one: docs/layouts.md says how.")
    folder.mkdir(parents=True, exist_ok=True)
    texts = {file_name(layout, sheet): _header(layout, sheet) for sheet in layout.sheets} | {GUIDE: layout_page(layout)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return [folder / name for name in texts]


def file_name(layout: Layout, sheet: SheetLayout) -> str:
    """What the layout's publisher calls the file of a sheet."""
    return f"{sheet.name}.{layout.extension}"


def _header(layout: Layout, sheet: SheetLayout) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=layout.delimiter).writerow(c.name for c in sheet.columns if not c.drop)
    return line.getvalue()


# Pages -----------------------------------------------------------------------------------------------


def docs_pages() -> dict[str, str]:
    """Path in the repository -> text, for the page of each layout and the list of them."""
    found = layouts.all_layouts()
    pages = {f"{PAGES}/{layout.name}.md": _note(layout) + layout_page(layout) for layout in found}
    return pages | {f"{PAGES}/README.md": _index(found)}


def layout_page(layout: Layout) -> str:
    """The guide to a layout, in Markdown: every sheet, column and code."""
    blocks = [f"# {layout.title}", layout.about.strip()]
    blocks += _facts(layout)
    for sheet in layout.sheets:
        blocks += [f"## {file_name(layout, sheet)}", *_sheet(layout, sheet)]
    blocks += _codes(layout)
    return "\n\n".join(block for block in blocks if block) + "\n"


def streams_text(layout: Layout) -> Iterator[str]:
    """The blocks of a page that say what the streams of a source hold."""
    yield layout.about.strip()
    for sheet in layout.sheets:
        yield f"### {sheet.name}"
        yield from _sheet(layout, sheet)
    yield from _codes(layout)


def _note(layout: Layout) -> str:
    return f"<!-- Written by `make docs` from src/rollbook/sources/layouts/{layout.name}.toml. -->\n\n"


def _index(found: Iterable[Layout]) -> str:
    rows = (f"| [{layout.title}]({layout.name}.md) | `{layout.name}` | {len(layout.sheets)} |" for layout in found)
    table = "\n".join(("| Layout | Name | Sheets |", "|---|---|---|", *rows))
    head = "<!-- Written by `make docs`. -->\n\n# Layouts\n\nHow they are written: [layouts](../../layouts.md)."
    return f"{head}\n\n{table}\n"


def _facts(layout: Layout) -> Iterator[str]:
    if layout.reference:
        yield f"As published at <{layout.reference}>{f', version {layout.version}' if layout.version else ''}."
    if layout.sheets:
        delimiter = DELIMITERS.get(layout.delimiter, layout.delimiter)
        yield f"Templates end in `.{layout.extension}`, with a {delimiter} between columns; any kind of sheet is read."
    if layout.dates:
        yield f"Dates may be `YYYY-MM-DD` or {' or '.join(map(_as_words, layout.dates))}."
    if layout.ignored:
        yield f"Belongs to the set and is not read: {_listed(layout.ignored)}."


def _as_words(date: str) -> str:
    """`%m/%d/%Y` as people write it."""
    for code, letters in {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%H": "HH", "%M": "MM", "%S": "SS"}.items():
        date = date.replace(code, letters)
    return f"`{date}`"


def _sheet(layout: Layout, sheet: SheetLayout) -> Iterator[str]:
    yield f"{sheet.help} {'Needed in a complete delivery.' if sheet.required else ''}".strip()
    names = [pattern for pattern in sheet.files if pattern != sheet.name.casefold()]
    yield f"The file may also be called {_listed(names)}." if names else ""
    yield "\n".join(
        (
            "| Column | Required | Meaning | Example | Codes | Feeds |",
            "|---|---|---|---|---|---|",
            *(_row(layout, sheet, column) for column in sheet.columns),
        )
    )
    yield f"Further columns {_listed(sheet.extra)} are kept as `custom` fields." if sheet.extra else ""
    yield "\n".join(
        f"- Looked up: `{one.column.name}` is `{one.take}` of {_listed(one.sheets)}. {one.column.help}"
        for one in sheet.lookups
    )


def _row(layout: Layout, sheet: SheetLayout, column: Column) -> str:
    also = f" Also `{'`, `'.join(column.aliases)}`." if column.aliases else ""
    joined = f" Several values are separated by `{column.separator}`." if column.separator else ""
    cells = (
        f"`{column.name}`",
        "yes" if column.required else "",
        f"{column.help}{joined}{also}",
        f"`{column.example}`" if column.example else "",
        f"[{column.code}](#{column.code})" if column.code else "",
        _listed(_feeds(layout, sheet, column)),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _feeds(layout: Layout, sheet: SheetLayout, column: Column) -> list[str]:
    """The roster fields that a column has a part in, each once."""
    uses = [(rule, name, source) for rule in sheet.rules for name, source in rule.fields.items()]
    found = [f"{rule.entity} key" for rule in sheet.rules if column.name in rule.key.columns()]
    found += [f"{rule.entity}.{name}" for rule, name, source in uses if _reads(rule, source, column.name)]
    found += ["record status"] if column.name == sheet.status else []
    found += [
        f"{other.name}: {lookup.column.name}"
        for other in layout.sheets
        for lookup in other.lookups
        if lookup.take == column.name and sheet.name in lookup.sheets
    ]
    found += [f"looks up {one.column.name}" for one in sheet.lookups if column.name in one.value.columns()]
    return list(dict.fromkeys(found))


def _reads(rule: Rule, source: Source, column: str) -> bool:
    """A field reads a column itself, or as one of those that `each` goes through."""
    read = set(source.columns())
    return column in read or (EACH in read and column in rule.each)


def _codes(layout: Layout) -> Iterator[str]:
    used = {column.code for sheet in layout.sheets for column in sheet.columns if column.code}
    if used:
        yield "## Codes"
        yield "Case does not matter, and common other words for a code are understood."
    for name in sorted(used):
        yield from _code_model(CODE_MODELS[name])


def _code_model(model: CodeModel) -> Iterator[str]:
    yield f"### {model.name}"
    yield f"{model.title}. {model.help}"
    yield _values(model.values)


def _values(values: Mapping[str, str]) -> str:
    if len(values) > MANY_CODES:
        first = ", ".join(f"`{value}`" for value in list(values)[:3])
        return f"{len(values)} codes: {first} …"
    return ", ".join(f"`{value}` {label}" for value, label in values.items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
