"""
How a received value is read: one column of a sheet -> its canonical text, and what can be wrong with it.

Every value becomes text in one canonical form (see `schema`), or blank when it cannot be read. A reading is a
pair of expressions, so that the check and the mapping can never disagree on what is good.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from rollbook.core.codes import CodeMapping, translate
from rollbook.core.layout import Column
from rollbook.core.schema import Kind

_TRUE = ("true", "t", "yes", "y", "1", "on")
_FALSE = ("false", "f", "no", "n", "0", "off")
_BOOLEANS = dict.fromkeys(_TRUE, "true") | dict.fromkeys(_FALSE, "false")
_EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+$"
_CONTROL = r"[\x00-\x1f\x7f]"
_NORTH_AMERICAN = r"^1?([2-9]\d\d[2-9]\d{6})$"
_EXTENSION = r"(?i)\s*(?:extension|ext\.?|x|#)\s*(\d{1,8})\s*$"


@dataclass(frozen=True)
class Reading:
    """
    How to read values.

    Args:
        dates: `strftime` formats tried after ISO 8601, in order.

        codes: Code model -> the mapping that the integration uses for it.

        region: ISO country of telephone numbers without a country code; only "US" and "CA" are completed.
    """

    dates: tuple[str, ...] = ()
    codes: Mapping[str, CodeMapping] = field(default_factory=dict)
    region: str = "US"

    @property
    def is_month_first_unsure(self) -> bool:
        """Both orders of day and month are allowed, so 01/02/2026 cannot be read."""
        orders = {f.index("%d") < f.index("%m") for f in self.dates if "%d" in f and "%m" in f}
        return len(orders) == 2


@dataclass(frozen=True)
class Read:
    """
    One column, read.

    Args:
        value: The canonical text, null when blank or wrong.

        sent: The text as sent, null when blank.

        fault: The issue code of what is wrong, null when nothing is.
    """

    value: pl.Expr
    sent: pl.Expr
    fault: pl.Expr


def read(column: Column, reading: Reading) -> Read:
    """How `column` of a frame of received text is read."""
    sent = _blank_to_null(pl.col(column.name).str.strip_chars())
    if column.code and not column.separator:
        return _read_code(sent, column, reading)
    match column.kind:
        case Kind.LIST | Kind.REFS:
            return _read_list(sent, column, reading)
        case Kind.OBJECT:
            return Read(_object(sent), sent, _no_fault())
        case Kind.DATE:
            return _read_date(sent, reading)
        case Kind.YEAR:
            return _matched(sent, sent.str.extract(r"^(?:(?:19|20|21)\d\d\s*[-/]\s*)?((?:19|20|21)\d\d)$"), "bad-year")
        case Kind.BOOLEAN:
            value = sent.str.to_lowercase().replace_strict(_BOOLEANS, default=None, return_dtype=pl.String)
            return _matched(sent, value, "bad-boolean")
        case Kind.INTEGER:
            return _matched(
                sent, sent.str.extract(r"^([+-]?\d{1,9})(?:\.0*)?$").cast(pl.Int32).cast(pl.String), "bad-number"
            )
        case Kind.EMAIL:
            return _limited(_matched(sent, pl.when(sent.str.contains(_EMAIL)).then(sent), "bad-email"), column)
        case Kind.PHONE:
            return _limited(_matched(sent, _phone(sent, reading.region), "bad-phone"), column)
        case Kind.URL:
            return _limited(
                _matched(sent, pl.when(sent.str.contains(r"^https?://[^\s]+$")).then(sent), "bad-url"), column
            )
        case Kind.ID:
            fault = pl.when(sent.str.contains(_CONTROL)).then(pl.lit("control-chars"))
            return _limited(Read(pl.when(fault.is_null()).then(sent), sent, fault), column)
        case _:
            value = sent.str.replace_all(r"[\x00-\x1f\x7f]+", " ")
            return _limited(Read(value, sent, _no_fault()), column)


def json_list(texts: pl.Expr) -> pl.Expr:
    """A JSON array (text) from a list column whose elements are escaped already; null for an empty list."""
    return pl.when(texts.list.len() > 0).then(pl.concat_str([pl.lit('["'), texts.list.join('","'), pl.lit('"]')]))


def escaped(text: pl.Expr) -> pl.Expr:
    """Text as it stands inside a JSON string; control characters become blanks."""
    return (
        text.str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all('"', '\\"', literal=True)
        .str.replace_all(_CONTROL, " ")
    )


def split(sent: pl.Expr, separator: str) -> pl.Expr:
    """The values of a list cell, without blanks around them and without blank ones."""
    element = pl.element().str.strip_chars()
    return sent.str.split(separator).list.eval(element.filter(element != ""))


def _blank_to_null(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _no_fault() -> pl.Expr:
    return pl.lit(None, pl.String)


def _matched(sent: pl.Expr, value: pl.Expr, code: str) -> Read:
    """Wrong where something was sent and nothing could be read."""
    return Read(value, sent, pl.when(sent.is_not_null() & value.is_null()).then(pl.lit(code)))


def _limited(inner: Read, column: Column) -> Read:
    if not column.length:
        return inner
    is_long = inner.value.str.len_chars() > column.length
    return Read(
        pl.when(is_long.not_()).then(inner.value),
        inner.sent,
        pl.when(is_long).then(pl.lit("too-long")).otherwise(inner.fault),
    )


def _read_code(sent: pl.Expr, column: Column, reading: Reading) -> Read:
    return _matched(sent, translate(sent, column.code, reading.codes.get(column.code)), "unmapped-code")


def _read_list(sent: pl.Expr, column: Column, reading: Reading) -> Read:
    parts = split(escaped(sent), column.separator)
    if not column.code:
        return Read(json_list(parts), sent, _no_fault())
    known = parts.list.eval(translate(pl.element(), column.code, reading.codes.get(column.code)))
    fault = pl.when(known.list.eval(pl.element().is_null()).list.any()).then(pl.lit("unmapped-code"))
    return Read(json_list(known.list.drop_nulls()), sent, fault)


def _object(sent: pl.Expr) -> pl.Expr:
    """`{LDAP:abc},{Fed:123}` (OneRoster `userIds`), or a JSON object as it is."""
    pairs = (
        escaped(sent)
        .str.extract_all(r"\{([^:{}]+):([^{}]*)\}")
        .list.eval(pl.element().str.replace(r"^\{\s*([^:{}]+?)\s*:\s*([^{}]*?)\s*\}$", '"${1}":"${2}"'))
    )
    built = pl.concat_str([pl.lit("{"), pairs.list.sort().list.join(","), pl.lit("}")])
    return pl.when(sent.str.contains(r'^\{\s*"')).then(sent).when(pairs.list.len() > 0).then(built)


def _read_date(sent: pl.Expr, reading: Reading) -> Read:
    day = sent.str.extract(r"^(\d{4}-\d\d-\d\d)(?:$|[T ])").str.to_date("%Y-%m-%d", strict=False)
    if reading.dates:
        # Times after the date are left out before the other formats are tried.
        plain = sent.str.replace(r"[T ]+\d{1,2}:\d\d.*$", "")
        day = pl.coalesce([day, *(_whole_date(plain, f) for f in reading.dates)])
    day = pl.when(day.dt.year().is_between(1900, 2200)).then(day)
    value = day.dt.to_string("%Y-%m-%d")
    if not reading.is_month_first_unsure:
        return _matched(sent, value, "bad-date")
    is_unsure = sent.str.contains(r"^(0?[1-9]|1[0-2])[/.\-](0?[1-9]|1[0-2])[/.\-]\d") & _differs(sent, reading)
    fault = (
        pl.when(is_unsure)
        .then(pl.lit("date-ambiguous"))
        .when(sent.is_not_null() & value.is_null())
        .then(pl.lit("bad-date"))
    )
    return Read(pl.when(is_unsure.not_()).then(value), sent, fault)


def _differs(sent: pl.Expr, reading: Reading) -> pl.Expr:
    """The two orders give two days (05/05 is the same in both)."""
    days = [_whole_date(sent, f) for f in reading.dates if "%d" in f and "%m" in f]
    return pl.min_horizontal(days) != pl.max_horizontal(days)


def _whole_date(text: pl.Expr, format: str) -> pl.Expr:
    """The date, where the text is as long as the format asks: `%Y` takes `26` as the year 26 otherwise."""
    year = r"\d{4}" if "%Y" in format else r"\d\d"
    pattern = format.replace(".", r"\.").replace("%Y", year).replace("%y", year)
    pattern = (
        pattern.replace("%m", r"\d{1,2}")
        .replace("%d", r"\d{1,2}")
        .replace("%b", "[A-Za-z]+")
        .replace("%B", "[A-Za-z]+")
    )
    return pl.when(text.str.contains(f"^{pattern}$")).then(text).str.to_date(format, strict=False)


def _phone(sent: pl.Expr, region: str) -> pl.Expr:
    """
    A number in international form where that is certain, else as sent without odd characters.

    Following what a large district does with its own feed: an extension is split off, `+` numbers are kept,
    `+1` is only put before valid North American numbers, and anything else passes as it is.
    """
    main = sent.str.replace(_EXTENSION, "")
    digits = main.str.replace_all(r"\D", "")
    national = digits.str.extract(_NORTH_AMERICAN) if region in ("US", "CA") else pl.lit(None, pl.String)
    number = (
        pl.when(main.str.starts_with("+") & digits.str.len_chars().is_between(7, 15))
        .then(pl.concat_str([pl.lit("+"), digits]))
        .when(national.is_not_null())
        .then(pl.concat_str([pl.lit("+1"), national]))
        .when(digits.str.len_chars() >= 3)
        .then(main.str.replace_all(r"[^\x20-\x7e]", "").str.replace_all(r"\s+", " ").str.strip_chars())
    )
    extension = sent.str.extract(_EXTENSION)
    return pl.when(extension.is_null()).then(number).otherwise(pl.concat_str([number, pl.lit(" x"), extension]))
