"""How a received cell is read: its canonical value, and what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Union

from rollbook_upload.preflight.dates import read_date
from rollbook_upload.preflight.layout import Column
from rollbook_upload.preflight.rules import CodeTable, Rules
from rollbook_upload.preflight.text import BLANKS, CONTROL, escaped, trimmed

Value = Union[str, "list[str]", None]
"""Canonical text; of a list column the list of texts; None when blank or wrong."""

_MOST_KEPT = 20_000
_TRUE, _FALSE = ("true", "t", "yes", "y", "1", "on"), ("false", "f", "no", "n", "0", "off")
_BOOLEANS = {**dict.fromkeys(_TRUE, "true"), **dict.fromkeys(_FALSE, "false")}
_S = BLANKS.replace("\t\n\x0b\x0c\r ", "")  # the blanks that are neither ASCII nor control characters
_NO = rf"\x00-\x20\x7f{_S}"
_EMAIL = re.compile(rf"[^@,;<>{_NO}]+@[^@,;<>{_NO}]+\.[^@,;<>.{_NO}]+\Z")
_URL = re.compile(rf"https?://[^{_NO}]+\Z")
_PHOTO = re.compile(r"photo:[0-9a-f]{64}\Z")
_YEAR = re.compile(r"(?:(?:19|20|21)\d\d[{0}]*[-/][{0}]*)?((?:19|20|21)\d\d)\Z".replace("{0}", "\t-\r " + _S))
_INTEGER = re.compile(r"([+-]?[0-9]{1,9})(?:\.0*)?\Z")
_BLANK = f"[\t-\r {_S}]*"
_PAIR = rf"\{{{_BLANK}([^:{{}}]+?){_BLANK}:{_BLANK}([^{{}}]*?){_BLANK}\}}"
_PAIRS = re.compile(rf"{_PAIR}(?:{_BLANK},{_BLANK}{_PAIR})*{_BLANK},?\Z")
_ONE_PAIR = re.compile(rf"{_PAIR}{_BLANK},?{_BLANK}")
_JSON = re.compile(rf'\{{{_BLANK}"')
_EXTENSION = re.compile(rf"{_BLANK}(?:extension|ext\.?|x|#){_BLANK}([0-9]{{1,8}})\Z", re.IGNORECASE)
_NORTH_AMERICAN = re.compile(r"[2-9][0-9][0-9][2-9][0-9]{6}\Z")
_PUNCTUATION = str.maketrans("", "", " ()-./")


class CellReader:
    """
    Reads the cells of one column. Values that come again are looked up.

    Args:
        dates: Formats that are tried after ISO 8601.
    """

    def __init__(self, column: Column, rules: Rules, dates: Sequence[str]) -> None:
        self.column, self._region, self._dates = column, rules.region, dates
        self.codes: CodeTable | None = rules.codes.get(column.code)
        self._known: dict[str, tuple[Value, str | None]] = {}

    @property
    def rejects(self) -> bool:
        """A fault in this column means that the row is not taken."""
        return self.column.required or (self.codes is not None and self.codes.otherwise == "reject")

    def read(self, received: str | None) -> tuple[Value, str | None]:
        """The value, and the code of its fault."""
        if received is None:
            return None, "required-blank" if self.column.required else None
        found = self._known.get(received)
        if found is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            found = self._known[received] = self._read(received)
        return found

    def _read(self, received: str) -> tuple[Value, str | None]:
        sent = trimmed(received)
        value, fault = self._value(sent) if sent else (None, None)
        if self.column.length and isinstance(value, str) and len(value) > self.column.length:
            value, fault = None, fault or "too-long"
        if self.column.required and value is None:
            fault = fault or "required-blank"
        return value, fault

    def _value(self, sent: str) -> tuple[Value, str | None]:
        if self.column.separator:
            return self._list(sent)
        if self.codes is not None:
            return _or_fault(translate(sent, self.codes), "unmapped-code")
        kind = self.column.kind
        if kind == "date":
            return read_date(sent, self._dates)
        if kind == "phone":
            return _or_fault(read_phone(sent, self._region), "bad-phone")
        return _READERS.get(kind, _text)(sent)

    def _list(self, sent: str) -> tuple[Value, str | None]:
        """The parts of a cell, without blanks around them and without blank ones."""
        parts = [part for text in sent.split(self.column.separator) for part in [trimmed(text)] if part]
        if self.codes is None:
            return parts or None, None
        known = [translate(part, self.codes) for part in parts]
        fault = "unmapped-code" if None in known else None
        return [one for one in known if one is not None] or None, fault

    def unknown_parts(self, received: str | None) -> list[str]:
        """The parts of a list cell that are no known codes."""
        parts = [trimmed(text) for text in (received or "").split(self.column.separator)]
        return [part for part in parts if part and self.codes is not None and translate(part, self.codes) is None]


def translate(text: str, codes: CodeTable) -> str | None:
    """The canonical value of a code; None where nothing matches."""
    if text in codes.exact:
        return codes.exact[text]
    stripped = text.strip(BLANKS)
    found = codes.folded.get(stripped.lower())
    if found is not None:
        return found
    if codes.extensible and stripped.startswith("ext:"):
        return stripped
    if codes.otherwise == "keep":
        return stripped or None
    return codes.value if codes.otherwise == "value" and stripped else None


def _or_fault(value: str | None, code: str) -> tuple[Value, str | None]:
    return value, None if value is not None else code


def _text(sent: str) -> tuple[Value, str | None]:
    return trimmed(CONTROL.sub(" ", sent)), None


def _id(sent: str) -> tuple[Value, str | None]:
    return (None, "control-chars") if CONTROL.search(sent) else (sent, None)


def _boolean(sent: str) -> tuple[Value, str | None]:
    return _or_fault(_BOOLEANS.get(sent.lower()), "bad-boolean")


def _year(sent: str) -> tuple[Value, str | None]:
    found = _YEAR.match(sent)
    return _or_fault(found.group(1) if found else None, "bad-year")


def _integer(sent: str) -> tuple[Value, str | None]:
    found = _INTEGER.match(sent)
    return _or_fault(str(int(found.group(1))) if found else None, "bad-number")


def _email(sent: str) -> tuple[Value, str | None]:
    return _or_fault(sent if _EMAIL.match(sent) else None, "bad-email")


def _url(sent: str) -> tuple[Value, str | None]:
    return _or_fault(sent if _URL.match(sent) else None, "bad-url")


def _photo(sent: str) -> tuple[Value, str | None]:
    return _or_fault(sent if _URL.match(sent) or _PHOTO.match(sent) else None, "bad-url")


def _object(sent: str) -> tuple[Value, str | None]:
    """`{LDAP:abc},{Fed:123}`, or a JSON object as it is."""
    if _JSON.match(sent) and _parses(sent):
        return sent, None
    if not _PAIRS.match(sent):
        return None, "bad-object"
    pairs = _ONE_PAIR.sub(r'"\1":"\2",', escaped(sent)).rstrip(",")
    return "{" + pairs + "}", None


def _parses(text: str) -> bool:
    try:
        return bool(json.loads(text))
    except (ValueError, RecursionError):
        return False


_READERS = {
    "id": _id,
    "boolean": _boolean,
    "year": _year,
    "integer": _integer,
    "email": _email,
    "url": _url,
    "photo": _photo,
    "object": _object,
}


def read_phone(sent: str, region: str) -> str | None:
    """A number in international form where that is certain, else as sent without odd characters."""
    text: str | None = sent
    if re.search(r"[^\x20-\x7e]", sent):
        spaced = re.sub(f"[\t-\r {_S}]", " ", sent)
        text = trimmed(re.sub(" +", " ", re.sub(r"[^\x20-\x7e]", "", spaced)))
    if text is None:
        return None
    extension = _EXTENSION.search(text)
    number = _number(text[: extension.start()] if extension else text, region)
    return f"{number} x{extension.group(1)}" if number and extension else number


def _number(sent: str, region: str) -> str | None:
    digits = sent.translate(_PUNCTUATION)
    if len(digits.encode()) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if region in ("US", "CA") and _NORTH_AMERICAN.match(digits):
        return f"+1{digits}"
    plain = re.sub("[^0-9]", "", sent)
    if sent.startswith("+") and 7 <= len(plain) <= 15:
        return f"+{plain}"
    return sent if len(plain) >= 3 else None
