"""
How a received value is read: one column of a sheet -> its canonical text, and what is wrong with it.

Every value becomes text in one canonical form (see `schema`), or blank when it cannot be read. Works on whole
columns at once, and takes the short way where no value of a column needs the long one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from rollbook.core.codes import CodeMapping, translate
from rollbook.core.layout import Column
from rollbook.core.schema import Kind

_TRUE = ("true", "t", "yes", "y", "1", "on")
_FALSE = ("false", "f", "no", "n", "0", "off")
_BOOLEANS = dict.fromkeys(_TRUE, "true") | dict.fromkeys(_FALSE, "false")
_CONTROL = r"[\x00-\x1f\x7f]"
_EMAIL = r"^[^@\s,;<>\x00-\x1f\x7f]+@[^@\s,;<>\x00-\x1f\x7f]+\.[^@\s,;<>.\x00-\x1f\x7f]+$"
_URL = r"^https?://[^\s\x00-\x1f\x7f]+$"
_PLAIN_PAIR = r'\{[^:{}"\\\s\x00-\x1f]+:[^:{}"\\\s\x00-\x1f]*\}'
_PAIR = r"\{\s*([^:{}]+?)\s*:\s*([^{}]*?)\s*\}"
_NORTH_AMERICAN = r"^[2-9][0-9][0-9][2-9][0-9]{6}$"
_EXTENSION = r"(?i)\s*(?:extension|ext\.?|x|#)\s*([0-9]{1,8})$"
_PUNCTUATION = [" ", "(", ")", "-", ".", "/"]


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
    def is_unsure_of_days(self) -> bool:
        """Both orders of day and month are allowed, so 01/02/2026 cannot be read."""
        return len({f.index("%d") < f.index("%m") for f in self.dates if "%d" in f and "%m" in f}) == 2


@dataclass(frozen=True)
class Read:
    """
    One column, read.

    Args:
        value: The canonical text (for a list: the list of canonical texts), null when blank or wrong.

        fault: The issue code of what is wrong, null when nothing is.
    """

    value: pl.Series
    fault: pl.Series


def value_type(column: Column) -> pl.DataType:
    """What `read` makes of a column: text, or a list of texts."""
    return pl.List(pl.String()) if column.separator else pl.String()


def read(received: pl.Series, column: Column, reading: Reading) -> Read:
    """
    Read the received text of a column.

    A column with few distinct values (codes, dates, schools) is read once for each of them.
    """
    distinct = received.unique()
    if distinct.len() * 4 >= received.len():
        return _read_all(received, column, reading)
    once = _read_all(distinct, column, reading)
    places = received.replace_strict(distinct, pl.int_range(distinct.len(), dtype=pl.UInt32, eager=True))
    return Read(once.value.gather(places), once.fault.gather(places))


def json_list(texts: pl.Expr) -> pl.Expr:
    """A JSON array (text) from a list column whose elements are escaped already; null for an empty list."""
    return pl.when(texts.list.len() > 0).then(pl.concat_str([pl.lit('["'), texts.list.join('","'), pl.lit('"]')]))


def escaped(text: pl.Expr) -> pl.Expr:
    """Text as it stands inside a JSON string; control characters become blanks."""
    quoted = text.str.replace_many(["\\", '"'], ["\\\\", '\\"'])
    return quoted.str.replace_all(_CONTROL, " ")


def _read_all(received: pl.Series, column: Column, reading: Reading) -> Read:
    sent = _blank_as_null(received).alias("sent")
    value, fault = _read_kind(sent, column, reading)
    if column.length and not column.separator:
        is_long = (value.str.len_bytes() > column.length) & (value.str.len_chars() > column.length)
        value, fault = value.set(is_long, None), fault.set(is_long, "too-long")
    if column.required:
        fault = fault.set(value.is_null() & fault.is_null(), "required-blank")
    return Read(value.cast(value_type(column)), fault)


def _read_kind(sent: pl.Series, column: Column, reading: Reading) -> tuple[pl.Series, pl.Series]:
    """The values of a column, and the codes of their faults; lengths and blanks are judged by the caller."""
    if column.separator:
        return _list(sent, column, reading)
    if column.code:
        return _or_fault(
            sent, _of(sent, translate(pl.col("sent"), column.code, reading.codes.get(column.code))), "unmapped-code"
        )
    match column.kind:
        case Kind.OBJECT:
            return _or_fault(sent, _object(sent), "bad-object")
        case Kind.DATE:
            return _date(sent, reading)
        case Kind.YEAR:
            return _or_fault(sent, sent.str.extract(r"^(?:(?:19|20|21)\d\d\s*[-/]\s*)?((?:19|20|21)\d\d)$"), "bad-year")
        case Kind.BOOLEAN:
            value = sent.str.to_lowercase().replace_strict(_BOOLEANS, default=None, return_dtype=pl.String)
            return _or_fault(sent, value, "bad-boolean")
        case Kind.INTEGER:
            number = sent.str.extract(r"^([+-]?[0-9]{1,9})(?:\.0*)?$").cast(pl.Int32)
            return _or_fault(sent, number.cast(pl.String), "bad-number")
        case Kind.EMAIL:
            return _or_fault(sent, sent.set(~sent.str.contains(_EMAIL), None), "bad-email")
        case Kind.PHONE:
            return _or_fault(sent, _phone(sent, reading.region), "bad-phone")
        case Kind.URL:
            return _or_fault(sent, sent.set(~sent.str.contains(_URL), None), "bad-url")
        case Kind.ID:
            return _or_fault(sent, sent.set(sent.str.contains(_CONTROL), None), "control-chars")
        case _:
            return _blank_as_null(sent.str.replace_all(_CONTROL, " ")), _no_faults(sent)


def _of(sent: pl.Series, expr: pl.Expr) -> pl.Series:
    """What an expression over the column `sent` gives."""
    return sent.alias("sent").to_frame().select(expr.alias("sent")).to_series()


def _blank_as_null(text: pl.Series) -> pl.Series:
    text = text.str.strip_chars()
    return text.set(text == "", None)


def _no_faults(sent: pl.Series) -> pl.Series:
    return pl.repeat(None, sent.len(), dtype=pl.String, eager=True)


def _or_fault(sent: pl.Series, value: pl.Series, code: str) -> tuple[pl.Series, pl.Series]:
    """Wrong where something was sent and nothing could be read."""
    return value, _no_faults(sent).set(sent.is_not_null() & value.is_null(), code)


def _list(sent: pl.Series, column: Column, reading: Reading) -> tuple[pl.Series, pl.Series]:
    """The parts of a cell, without blanks around them and without blank ones."""
    texts = sent.str.split(column.separator)
    parts = texts.list.explode(keep_nulls=False, empty_as_null=False)
    if ((parts == "") | parts.str.contains(r"^\s|\s$")).any():
        element = pl.element().str.strip_chars()
        texts = texts.list.eval(element.filter(element != ""))
    fault = _no_faults(sent)
    if column.code:
        known = texts.list.eval(translate(pl.element(), column.code, reading.codes.get(column.code)))
        fault = fault.set(known.list.eval(pl.element().is_null()).list.any().fill_null(False), "unmapped-code")
        texts = known.list.drop_nulls()
    return _of(texts, pl.when(pl.col("sent").list.len() > 0).then(pl.col("sent"))), fault


def _object(sent: pl.Series) -> pl.Series:
    """`{LDAP:abc},{Fed:123}` (OneRoster `userIds`), or a JSON object as it is; blank when it is neither."""
    text = pl.col("sent")
    if sent.str.contains(f"^{_PLAIN_PAIR}(?:,{_PLAIN_PAIR})*$").all():
        made = text.str.slice(1, text.str.len_chars() - 2).str.replace_many(["},{", ":"], ['","', '":"'])
        return _of(sent, pl.concat_str([pl.lit('{"'), made, pl.lit('"}')]))
    pairs = escaped(text).str.replace_all(rf"{_PAIR}\s*,?\s*", '"${1}":"${2}",').str.strip_chars_end(",")
    is_pairs = text.str.contains(rf"^{_PAIR}(?:\s*,\s*{_PAIR})*\s*,?$")
    is_json = _is_json_object(sent)
    return _of(sent, pl.when(is_json).then(text).when(is_pairs).then(pl.concat_str([pl.lit("{"), pairs, pl.lit("}")])))


def _is_json_object(sent: pl.Series) -> pl.Series:
    """Judged by the reader of JSON, one by one: few senders write any."""
    is_likely = sent.str.contains(r'^\{\s*"').fill_null(False)
    if not is_likely.any():
        return is_likely
    return pl.Series([likely and _parses(text) for likely, text in zip(is_likely, sent, strict=True)], dtype=pl.Boolean)


def _parses(text: str) -> bool:
    try:
        return bool(json.loads(text))
    except (ValueError, RecursionError):
        return False


def _date(sent: pl.Series, reading: Reading) -> tuple[pl.Series, pl.Series]:
    text = pl.col("sent")
    plain = text.str.replace(r"[T ]+[0-9]{1,2}:[0-9]{2}.*$", "")  # a time of day says nothing here
    day = text.str.extract(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:$|[T ])").str.to_date("%Y-%m-%d", strict=False)
    if reading.dates:
        day = pl.coalesce([day, *(_whole_date(plain, f) for f in reading.dates)])
    day = pl.when(day.dt.year().is_between(1900, 2200)).then(day)
    value, fault = _or_fault(sent, _of(sent, day.dt.to_string("%Y-%m-%d")), "bad-date")
    if not reading.is_unsure_of_days:
        return value, fault
    days = [_whole_date(plain, f) for f in reading.dates if "%d" in f and "%m" in f]
    is_unsure = _of(sent, pl.min_horizontal(days) != pl.max_horizontal(days)).fill_null(False)
    return value.set(is_unsure, None), fault.set(is_unsure, "date-ambiguous")


def _whole_date(text: pl.Expr, format: str) -> pl.Expr:
    """The date, where the text is as long as the format asks: `%Y` would take `26` as the year 26."""
    pattern = re.escape(format)
    digits = {
        "%Y": "[0-9]{4}",
        "%y": "[0-9]{2}",
        "%m": "[0-9]{1,2}",
        "%d": "[0-9]{1,2}",
        "%b": "[A-Za-z]+",
        "%B": "[A-Za-z]+",
    }
    if format in ("%Y%m%d", "%y%m%d"):
        digits |= {"%m": "[0-9]{2}", "%d": "[0-9]{2}"}
    for name, found in digits.items():
        pattern = pattern.replace(name, found)
    return pl.when(text.str.contains(f"^{pattern}$")).then(text).str.to_date(format, strict=False)


def _phone(sent: pl.Series, region: str) -> pl.Series:
    """
    A number in international form where that is certain, else as sent without odd characters.

    Following what a large district does with its own feed: an extension is split off, `+` numbers are kept,
    `+1` is only put before valid North American numbers, and anything else passes as it is.
    """
    if sent.str.contains(r"[^\x20-\x7e]").any():
        sent = _blank_as_null(
            sent.str.replace_all(r"\s", " ").str.replace_all(r"[^\x20-\x7e]", "").str.replace_all(" +", " ")
        )
    if not sent.str.contains(_EXTENSION).any():
        return _number(sent, region)
    number = _number(sent.str.replace(_EXTENSION, ""), region)
    extension = _of(sent.str.extract(_EXTENSION), pl.concat_str([pl.lit(" x"), pl.col("sent")]).fill_null(""))
    return number + extension


def _number(sent: pl.Series, region: str) -> pl.Series:
    text = pl.col("sent")
    digits = text.str.replace_many(_PUNCTUATION, [""])
    is_ours = region in ("US", "CA")
    ten = pl.when(digits.str.len_bytes() == 11).then(digits.str.strip_prefix("1")).otherwise(digits)
    certain = _of(
        sent, pl.when(pl.lit(is_ours) & ten.str.contains(_NORTH_AMERICAN)).then(pl.concat_str([pl.lit("+1"), ten]))
    )
    if (certain.is_not_null() | sent.is_null()).all():
        return certain
    plain = text.str.replace_all("[^0-9]", "")
    other = (
        pl.when(text.str.starts_with("+") & plain.str.len_bytes().is_between(7, 15))
        .then(pl.concat_str([pl.lit("+"), plain]))
        .when(plain.str.len_bytes() >= 3)
        .then(text)
    )
    return certain.zip_with(certain.is_not_null(), _of(sent, other))
