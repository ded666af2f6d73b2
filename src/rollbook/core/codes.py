"""
Code mappings: what an SIS calls a thing -> the canonical value.

A value is looked up in the entries of the mapping, then among the canonical values and their built-in
synonyms, and then goes to the catch-all. Entries come first even before canonical values: a school whose
"01" means kindergarten must be able to say so.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from rollbook.core.errors import SettingsError
from rollbook.core.vocabulary import CODE_MODELS, CodeModel, fold

EXTENSION = "ext:"
CATCH_ALL = "*"
_HEADER = ("external_value", "value")
_FORMULA = re.compile(r"^'*[=+\-@\t\r]")


class Otherwise(StrEnum):
    """What becomes of a value that nothing else matches."""

    REJECT = "reject"  # the row is not taken
    BLANK = "blank"  # no value, and a warning
    KEEP = "keep"  # as sent; open models only
    VALUE = "value"  # the mapping's `value`


@dataclass(frozen=True)
class CodeMapping:
    """
    One table made by a user, which several integrations may share.

    Args:
        model: The code model it translates to.

        entries: External value -> canonical value.

        otherwise: The catch-all, for what neither the entries nor the vocabulary know.

        value: The canonical value of `Otherwise.VALUE`.

        exact: Entries match byte for byte; otherwise without outer blanks and case.
    """

    model: str
    entries: Mapping[str, str] = field(default_factory=dict)
    otherwise: Otherwise = Otherwise.BLANK
    value: str = ""
    exact: bool = False


def code_model(name: str) -> CodeModel:
    """
    The code model called `name`.

    Raises:
        SettingsError: There is none.
    """
    if name not in CODE_MODELS:
        raise SettingsError(f"There is no code model {name!r}. There are: {', '.join(sorted(CODE_MODELS))}.")
    return CODE_MODELS[name]


def default_otherwise(model: str) -> Otherwise:
    """What a model does with an unknown value where no mapping says otherwise."""
    return Otherwise.KEEP if CODE_MODELS[model].open else Otherwise.BLANK


# Translating -----------------------------------------------------------------------------------------


def translate(column: pl.Expr, model: str, mapping: CodeMapping | None = None) -> pl.Expr:
    """
    The canonical values of a column of codes; null where nothing matches.

    Works on each value by itself, so also in a streaming plan and on `pl.element()` of a list.
    A null that was not null before is for the caller to report.
    """
    vocabulary = CODE_MODELS[model]
    mapping = mapping or CodeMapping(model, otherwise=default_otherwise(model))
    steps = []
    if mapping.exact:
        steps.append(_look_up(column, mapping.entries))
    steps.append(_look_up(_folded(column), folded_table(mapping)))
    if vocabulary.extensible:
        steps.append(_kept(column, column.str.strip_chars().str.starts_with(EXTENSION)))
    if mapping.otherwise is Otherwise.KEEP:
        steps.append(_kept(column, column.str.strip_chars() != ""))
    if mapping.otherwise is Otherwise.VALUE:
        steps.append(pl.when(column.str.strip_chars() != "").then(pl.lit(mapping.value)))
    return steps[0] if len(steps) == 1 else pl.coalesce(steps)


def folded_table(mapping: CodeMapping) -> dict[str, str]:
    """Folded spelling -> canonical value: what is built in, and the entries unless they match byte for byte."""
    table = dict(CODE_MODELS[mapping.model].synonyms)
    if mapping.entries and not mapping.exact:
        table |= zip(_folded_values(mapping.entries), mapping.entries.values(), strict=True)
    return table


def _folded(column: pl.Expr) -> pl.Expr:
    return column.str.strip_chars().str.to_lowercase()


def _folded_values(values: Iterable[str]) -> list[str]:
    """Folded by the same code as the data, so that no two ideas of a blank or of case can differ."""
    return pl.Series("value", list(values), pl.String).to_frame().select(_folded(pl.col("value")))["value"].to_list()


def _look_up(column: pl.Expr, table: Mapping[str, str]) -> pl.Expr:
    old = pl.Series("old", list(table), pl.String)
    new = pl.Series("new", list(table.values()), pl.String)
    return column.replace_strict(old, new, default=None, return_dtype=pl.String)


def _kept(column: pl.Expr, where: pl.Expr) -> pl.Expr:
    return pl.when(where).then(column.str.strip_chars())


# Judging a mapping -----------------------------------------------------------------------------------


def faults(mapping: CodeMapping) -> list[str]:
    """What is wrong with a mapping, a sentence each; nothing when it can be used."""
    if mapping.model not in CODE_MODELS:
        return [f"There is no code model {mapping.model!r}."]
    vocabulary = CODE_MODELS[mapping.model]
    return [*_entry_faults(vocabulary, mapping.entries), *_double(mapping), *_catch_all_faults(vocabulary, mapping)]


def _entry_faults(vocabulary: CodeModel, entries: Mapping[str, str]) -> Iterator[str]:
    for external, value in entries.items():
        if not external.strip():
            yield "An external value is blank."
        elif external == CATCH_ALL:
            yield f"{CATCH_ALL!r} stands for all other values: set the catch-all instead."
        if not _is_canonical(vocabulary, value):
            yield f"{external!r} is mapped to {value!r}, which is not a value of {vocabulary.title}."


def _double(mapping: CodeMapping) -> Iterator[str]:
    if mapping.exact:
        return
    folded = _folded_values(mapping.entries)
    counts = Counter(folded)
    for value in (value for value, count in counts.items() if count > 1):
        same = [repr(e) for e, f in zip(mapping.entries, folded, strict=True) if f == value]
        yield f"{' and '.join(same)} are the same without outer blanks and case: keep one, or match exactly."


def _catch_all_faults(vocabulary: CodeModel, mapping: CodeMapping) -> Iterator[str]:
    if mapping.otherwise is Otherwise.KEEP and not vocabulary.open:
        yield f"{vocabulary.title} only takes its own values: others cannot be kept as sent."
    if mapping.otherwise is Otherwise.VALUE and not _is_canonical(vocabulary, mapping.value):
        yield f"The catch-all value {mapping.value!r} is not a value of {vocabulary.title}."
    if mapping.otherwise is not Otherwise.VALUE and mapping.value:
        yield "A catch-all value is given, but the catch-all does not use it."


def _is_canonical(vocabulary: CodeModel, value: str) -> bool:
    if value != value.strip() or not value:
        return False
    is_extension = vocabulary.extensible and value.startswith(EXTENSION) and value != EXTENSION
    return value in vocabulary.values or vocabulary.open or is_extension


# As a CSV file ---------------------------------------------------------------------------------------


def mapping_to_csv(mapping: CodeMapping) -> str:
    """
    A mapping as a CSV file that a spreadsheet shows as text.

    A value that a spreadsheet would run as a formula gets a leading `'`. The last row, `*`, is the catch-all:
    a value, nothing (leave blank), `(reject)` or `(keep)`.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADER)
    writer.writerows((_shielded(external), _shielded(value)) for external, value in mapping.entries.items())
    writer.writerow((CATCH_ALL, _shielded(_catch_all_text(mapping))))
    return out.getvalue()


def mapping_from_csv(text: str, model: str, *, exact: bool = False) -> CodeMapping:
    """
    The mapping that a CSV file describes; without a row `*` the model's own catch-all holds.

    Raises:
        SettingsError: The file has other columns, a value is unknown or given twice; the message names each line.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    header = tuple(cell.strip().lower() for cell in next(reader, ()))
    if header != _HEADER:
        raise SettingsError(f"Line 1: the columns must be {' and '.join(_HEADER)}. Nothing was changed.")
    entries: dict[str, str] = {}
    catch_all: tuple[Otherwise, str] | None = None
    wrong: list[str] = []
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if fault := _row_fault(row, model, entries, has_catch_all=catch_all is not None):
            wrong.append(f"Line {reader.line_num}: {fault}")
        elif row[0].strip() == CATCH_ALL:
            catch_all = _read_catch_all(_unshielded(row[1]).strip(), CODE_MODELS[model])
        else:
            external = _unshielded(row[0])
            entries[external if exact else external.strip()] = _spelled(_unshielded(row[1]).strip(), CODE_MODELS[model])
    otherwise, value = catch_all or (default_otherwise(model), "")
    mapping = CodeMapping(model, entries, otherwise, value, exact)
    if wrong := wrong or list(_double(mapping)):
        raise SettingsError(" ".join([*wrong, "Nothing was changed."]))
    return mapping


def _row_fault(row: list[str], model: str, entries: Mapping[str, str], *, has_catch_all: bool) -> str:
    """What is wrong with a row, or ""."""
    if len(row) != len(_HEADER):
        return f"{len(_HEADER)} values are needed, not {len(row)}."
    vocabulary = CODE_MODELS[model]
    external, value = _unshielded(row[0]), _spelled(_unshielded(row[1]).strip(), vocabulary)
    if row[0].strip() == CATCH_ALL:
        if has_catch_all:
            return "the catch-all is given a second time."
        otherwise, value = _read_catch_all(value, vocabulary)
        return next(_catch_all_faults(vocabulary, CodeMapping(model, {}, otherwise, value)), "")
    if external in entries or external.strip() in entries:
        return f"{external!r} is given a second time."
    return next(_entry_faults(vocabulary, {external: value}), "")


def _catch_all_text(mapping: CodeMapping) -> str:
    if mapping.otherwise is Otherwise.VALUE:
        return mapping.value
    return "" if mapping.otherwise is Otherwise.BLANK else f"({mapping.otherwise})"


def _read_catch_all(text: str, vocabulary: CodeModel) -> tuple[Otherwise, str]:
    words = {"": Otherwise.BLANK, "(reject)": Otherwise.REJECT, "(keep)": Otherwise.KEEP}
    if text in words:
        return words[text], ""
    return Otherwise.VALUE, _spelled(text, vocabulary)


def _spelled(value: str, vocabulary: CodeModel) -> str:
    """The canonical value that differs from `value` only in case, else `value`."""
    return next((known for known in vocabulary.values if fold(known) == fold(value)), value)


def _shielded(value: str) -> str:
    return f"'{value}" if _FORMULA.match(value) else value


def _unshielded(value: str) -> str:
    return value[1:] if value.startswith("'") and _FORMULA.match(value) else value


# As a page -------------------------------------------------------------------------------------------


def code_page() -> str:
    """The page `docs/reference/codes.md`: every model, its values and what is understood without a mapping."""
    intro = (
        "# Code models\n\n"
        "Generated from `rollbook.core.vocabulary`. A value is understood whatever its case; words may be joined by\n"
        "blanks, `-`, `_` or nothing. Anything else needs an entry in a code mapping.\n"
    )
    return "\n".join([intro, *(_model_section(model) for model in CODE_MODELS.values())])


def _model_section(model: CodeModel) -> str:
    lines = [f"## {model.title} (`{model.name}`)", "", model.help, ""]
    if model.extensible:
        lines += [f"Values that begin with `{EXTENSION}` are kept, as OneRoster 1.2 allows.", ""]
    if model.codes:
        lines += ["| Value | Meaning | Also understood |", "|---|---|---|"]
        lines += [f"| `{code.value}` | {code.label} | {', '.join(code.synonyms)} |" for code in model.codes]
        lines.append("")
    return "\n".join(lines)
