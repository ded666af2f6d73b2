"""
What must never stand in a log: secrets and persons.

Whatever is doubtful is masked, mostly to the end of its line: a name can hold blanks and commas. A log that says too
little can be made up for, one that says too much cannot. Text of libraries goes through `redact_foreign`, since they
quote the value that they could not read, and that value is often a person's.
"""

import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

MASK = "[masked]"
_SHORTEST_SECRET = 6  # a shorter one would mask half of every line

_SECRETS = (
    *("password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "credential", "authorization"),
    *("cookie", "session_?id", "api_?key", "access_?key", "private_?key", "signing_?key", "signature", "csrf"),
)
_PERSONS = (
    *("given_?name", "family_?name", "first_?name", "last_?name", "middle_?name", "preferred_?name", "maiden_?name"),
    *("legal_?name", "full_?name", "display_?name", "nick_?name", "user_?name", "surname", "forename"),
    *("phone", "mobile", "birth_?date", "birth_?day", "date_?of_?birth", "dob", "social_?security", "ssn"),
    *("birth_?(?:city|state|country)", "address", "street", "postal_?code", "zip_?code", "gender", "ethnicity", "race"),
    *("photo", "passport", "national_?id", "government_?id"),
)
_MAILS = ("e_?mail", "mail", "sms")  # as words before a colon they begin an ordinary sentence: "No mail: refused"


def _names(*words: str) -> str:
    """A pattern of field names that hold one of the words, such as `sis_password`, `homePhone` or `E-Mail 2`."""
    return rf"[\w.-]*(?:{'|'.join(word.replace('_?', '[_ -]?') for word in words)})[\w-]*(?: \d+)?"


_FIELD, _SURE = _names(*_SECRETS, *_PERSONS, *_MAILS), _names(*_SECRETS, *_PERSONS)
_QUOTED = r"""(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
# A value ends with its closing quote, when something that may follow a value does follow; else with the line.
_VALUE = rf"(?:(?:{_QUOTED}|{re.escape(MASK)})(?=\s*+(?:[,;)}}\]]|$))|.*)"
_MASKED_REST = rf"\g<keep>{MASK}"


# In this order: what takes a block or a line first, so that nothing of it is left for a narrower pattern to miss.
_RULES: tuple[tuple[str, str], ...] = (
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", MASK),
    # addresses: who logs in there, and what is asked for
    (r"(?P<keep>\b[a-z][a-z0-9+.-]*://)\S*@", rf"\g<keep>{MASK}@"),
    (r"(?P<keep>(?:\b[a-z][a-z0-9+.-]*:/)?/[^\s?#]*+[?#])\S+", _MASKED_REST),
    (r"(?P<keep>/handover/)[\w-]{16,}", _MASKED_REST),  # a link that opens something
    # what PostgreSQL says of a row: DETAIL and CONTEXT
    (
        r"(?P<keep>Key \([^)\n]*\)=|Failing row contains |COPY \w+, line \d+(?:, column \w+)?: ).*",
        _MASKED_REST,
    ),
    # headers
    (
        r"(?P<keep>\b(?:proxy-)?authorization['\"]?\s*+[:=]\s*+|\b(?:set-)?cookie['\"]?\s*+[:=]\s*+).*",
        _MASKED_REST,
    ),
    # a field and its value
    (rf"(?P<keep>(?P<q>['\"]){_FIELD}(?P=q)\s*+[:=]\s*+){_VALUE}", _MASKED_REST),
    (rf"(?P<keep>(?<![\w.-]){_FIELD}\s*+=\s*+){_VALUE}", _MASKED_REST),
    (rf"(?P<keep>(?<![\w.-]){_SURE}:\s*+){_VALUE}", _MASKED_REST),
    # tokens that are told by their own form
    (r"(?P<keep>\b(?:bearer|basic|digest|negotiate)\s++)[\w.~+/=:-]{6,}", _MASKED_REST),
    (r"\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?|\bgAAAAA[\w-]{20,}=*", MASK),
    # persons that are told by their own form: e-mail, United States social security number, telephone
    (r"[^\s@\"<>()\[\],;:]+@[^\s@\"'<>()\[\],;:=/]+", MASK),
    (r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])", MASK),
    (r"(?<![\w.])\+\d(?:[\s().-]{0,2}\d){6,14}(?!\w)", MASK),
    (r"(?<![\w.:-])(?:1[ .-])?\(?\d{3}\)?[ .-]{0,2}\d{3}[ .-]\d{4}(?![\w:-])", MASK),
    (r"(?<![\w.:-])1?\d{10}(?![\w.:-])", MASK),
    (r"(?<![\w.:-])\d{3}-\d{4}(?![\w:-])", MASK),
)
_QUOTES = re.compile(r"(['\"`‘“]).*(['\"`’”])")

_hidden: set[str] = set()


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compiled when it is first used: many commands log nothing."""
    return re.compile(text, re.IGNORECASE | re.MULTILINE)


def hide(secret: str) -> None:
    """Mask this very text wherever it stands: the hub's own keys, passwords and tokens."""
    if len(secret) >= _SHORTEST_SECRET:
        _hidden.update((secret, quote(secret, safe="")))


def redact(text: str) -> str:
    """Text without secrets and persons."""
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, MASK)
    for rule, masked in _RULES:
        text = _pattern(rule).sub(masked, text)
    return text


def redact_foreign(text: str) -> str:
    """The words of a library: nothing in them that stands in quotes is shown, from the first to the last of a line."""
    return redact(_QUOTES.sub(rf"\1{MASK}\2", text))


def redact_value(value: object, name: str = "") -> object:
    """A value of a record as it may be shown: nothing of a field that is sensitive by its name, the rest as text is."""
    is_sensitive = _pattern(_FIELD).fullmatch(name) is not None
    if value is None or isinstance(value, bool | int | float):
        return MASK if is_sensitive and value is not None else value
    if is_sensitive:
        return MASK
    if isinstance(value, Mapping):
        return {redact(str(key)): redact_value(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(one) for one in value]
    return redact(str(value))
