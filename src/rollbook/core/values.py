"""
How a received value is read: one column of a sheet -> its canonical text, and what is wrong with it.

Every value becomes text in one canonical form (see `schema`), or blank when it cannot be read. Works on whole
columns at once, and takes the short way where no value of a column needs the long one: mostly what was sent is
canonical already and passes as it is, and whether it can be otherwise shows in the characters of the whole column.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from rollbook.core.codes import CodeMapping, translate
from rollbook.core.frames import joined
from rollbook.core.layout import Column
from rollbook.core.schema import Kind

_TRUE = ("true", "t", "yes", "y", "1", "on")
_FALSE = ("false", "f", "no", "n", "0", "off")
_BOOLEANS = dict.fromkeys(_TRUE, "true") | dict.fromkeys(_FALSE, "false")
_CONTROL = r"[\x00-\x1f\x7f]"
_CONTROLS = bytes([*range(0x20), 0x7F])
_NO_CONTROLS = bytes(code for code in range(0x100) if code not in _CONTROLS)
_VISIBLE = bytes(range(0x21, 0x7F))
_EMAIL = r"^[^@\s,;<>\x00-\x1f\x7f]+@[^@\s,;<>\x00-\x1f\x7f]+\.[^@\s,;<>.\x00-\x1f\x7f]+$"
_URL = r"^https?://[^\s\x00-\x1f\x7f]+$"
_PHOTO = rf"{_URL}|^photo:[0-9a-f]{{64}}$"
_PLAIN_PAIR = r'\{[^:{}"\\\s\x00-\x1f]+:[^:{}"\\\s\x00-\x1f]*\}'
_PAIR = r"\{\s*([^:{}]+?)\s*:\s*([^{}]*?)\s*\}"
_NORTH_AMERICAN = r"^[2-9][0-9][0-9][2-9][0-9]{6}$"
_EXTENSION = r"(?i)\s*(?:extension|ext\.?|x|#)\s*([0-9]{1,8})$"
_DIGITS, _PUNCTUATION = b"0123456789", b" ()-./"
_SAMPLE = 1000
"""How many values tell whether a column has few distinct ones."""


Told = tuple[pl.Series, pl.Series | None]
"""Values, and the codes of their faults: those of `Read` before lengths and blanks are judged."""


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

        fault: The issue code of what is wrong, null when nothing is; None when nothing is wrong in the whole column.
    """

    value: pl.Series
    fault: pl.Series | None


def value_type(column: Column) -> pl.DataType:
    """What `read` makes of a column: text, or a list of texts."""
    return pl.List(pl.String()) if column.separator else pl.String()


def read(received: pl.Series, column: Column, reading: Reading) -> Read:
    """
    Read the received text of a column.

    A column with few distinct values (codes, dates, schools) is read once for each of them.
    """
    if not _has_few(received):
        return _read_all(received, column, reading)
    distinct = received.unique()
    once = _read_all(distinct, column, reading)
    if once.fault is None and once.value.equals(distinct, check_dtypes=True):
        return Read(received, None)
    places = received.replace_strict(distinct, pl.int_range(distinct.len(), dtype=pl.UInt32, eager=True))
    return Read(once.value.gather(places), None if once.fault is None else once.fault.gather(places))


def json_list(texts: pl.Expr) -> pl.Expr:
    """A JSON array (text) from a list column whose elements are escaped already; null for an empty list."""
    return pl.when(texts.list.len() > 0).then(pl.concat_str([pl.lit('["'), texts.list.join('","'), pl.lit('"]')]))


def escaped(text: pl.Expr) -> pl.Expr:
    """Text as it stands inside a JSON string; control characters become blanks."""
    quoted = text.str.replace_many(["\\", '"'], ["\\\\", '\\"'])
    return quoted.str.replace_all(_CONTROL, " ")


def _has_few(received: pl.Series) -> bool:
    """Whether a value comes four times or more on average, judged by a sample: to be wrong only takes longer."""
    sample, few = received.gather_every(max(1, received.len() // _SAMPLE)), received.len() / 4
    return bool(few) and sample.n_unique() < few * (1 - math.exp(-sample.len() / few))


def _read_all(received: pl.Series, column: Column, reading: Reading) -> Read:
    odd = joined(received).translate(None, _VISIBLE)
    is_trimmed = not odd and not (received == "").any()  # only visible ASCII, and no text is empty
    sent = (received if is_trimmed else _blank_as_null(received)).alias("sent")
    value, fault = _read_kind(sent, column, reading, odd)
    if column.length and not column.separator and (value.str.len_bytes().max() or 0) > column.length:  # type: ignore[operator]
        is_long = value.str.len_chars() > column.length
        value, fault = value.set(is_long, None), _also(fault, is_long, "too-long")
    if column.required and value.null_count():
        fault = _also(fault, value.is_null(), "required-blank")
    return Read(value.cast(value_type(column)), fault)


def _read_kind(sent: pl.Series, column: Column, reading: Reading, odd: bytes) -> Told:
    """The values of one kind; `odd`: all characters of the column that are not visible ASCII."""
    if column.separator:
        return _list(sent, column, reading, odd)
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
        case Kind.PHOTO:
            return _or_fault(sent, sent.set(~sent.str.contains(_PHOTO), None), "bad-url")
        case _ if not odd.translate(None, _NO_CONTROLS):
            return sent, None
        case Kind.ID:
            return _or_fault(sent, sent.set(sent.str.contains(_CONTROL), None), "control-chars")
        case _:
            return _blank_as_null(sent.str.replace_all(_CONTROL, " ")), None


def _of(sent: pl.Series, expr: pl.Expr) -> pl.Series:
    """What an expression over the column `sent` gives."""
    return sent.alias("sent").to_frame().select(expr.alias("sent")).to_series()


def _blank_as_null(text: pl.Series) -> pl.Series:
    text = text.str.strip_chars()
    return text.set(text == "", None)


def _has_only(texts: pl.Series, characters: bytes) -> bool:
    """Whether no text has any other bytes than these; a fraction of the cost of one regular expression."""
    return not joined(texts).translate(None, characters)


def _without(texts: pl.Series, characters: bytes) -> pl.Series:
    """The texts without some characters, taken out of all of them at once; for texts without line ends."""
    one = joined(texts.fill_null(""), "\n").translate(None, characters)
    return pl.Series([one]).cast(pl.String).str.split("\n").list.explode(keep_nulls=False, empty_as_null=False)


def _or_fault(sent: pl.Series, value: pl.Series, code: str) -> Told:
    """Wrong where something was sent and nothing could be read."""
    if value.null_count() == sent.null_count():
        return value, None
    return value, _also(None, sent.is_not_null() & value.is_null(), code)


def _also(fault: pl.Series | None, where: pl.Series, code: str) -> pl.Series | None:
    """The faults with one more, where there is none yet."""
    if not where.any():
        return fault
    if fault is None:
        fault = pl.repeat(None, where.len(), dtype=pl.String, eager=True)
    return fault.set(where & fault.is_null(), code)


def _list(sent: pl.Series, column: Column, reading: Reading, odd: bytes) -> Told:
    """The parts of a cell, without blanks around them and without blank ones."""
    texts = sent.str.split(column.separator)
    if odd or (texts.list.explode(keep_nulls=False, empty_as_null=False) == "").any():
        element = pl.element().str.strip_chars()
        texts = texts.list.eval(element.filter(element != ""))
    fault = None
    if column.code:
        known = texts.list.eval(translate(pl.element(), column.code, reading.codes.get(column.code)))
        fault = _also(None, known.list.eval(pl.element().is_null()).list.any().fill_null(False), "unmapped-code")
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


def _date(sent: pl.Series, reading: Reading) -> Told:
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
    return value.set(is_unsure, None), _also(fault, is_unsure, "date-ambiguous")


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
    if _has_only(sent, _DIGITS + _PUNCTUATION + b"+"):
        return _number(sent, region)
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
    digits = _without(sent, _PUNCTUATION)
    is_eleven = digits.str.len_bytes() == 11
    if is_eleven.any():
        digits = digits.str.strip_prefix("1").zip_with(is_eleven, digits)
    ten = pl.col("sent")
    is_certain = pl.lit(region in ("US", "CA")) & ten.str.contains(_NORTH_AMERICAN)
    certain = _of(digits, pl.when(is_certain).then(pl.concat_str([pl.lit("+1"), ten])))
    if certain.null_count() == sent.null_count():
        return certain
    text = pl.col("sent")
    plain = text.str.replace_all("[^0-9]", "")
    other = (
        pl.when(text.str.starts_with("+") & plain.str.len_bytes().is_between(7, 15))
        .then(pl.concat_str([pl.lit("+"), plain]))
        .when(plain.str.len_bytes() >= 3)
        .then(text)
    )
    return certain.zip_with(certain.is_not_null(), _of(sent, other))
