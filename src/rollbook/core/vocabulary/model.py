"""
What a code model is, and how its tables are written down.

A table is text, one value a line: `value | label | synonym, synonym`. A synonym is written in words;
the spellings people use for it (`pre kindergarten`: `pre-kindergarten`, `pre_kindergarten`,
`PreKindergarten`) follow from the words, and so does that the label means the value.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_BLANKS = re.compile(r"[\s_]+")
_CONTINUED = re.compile(r",\n\s*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class Code:
    """One canonical value: how it is stored, how people read it, what else means the same."""

    value: str
    label: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeModel:
    """
    A vocabulary that coded fields share.

    Args:
        name: What `code=` of a field and `model` of a code mapping say.

        title: For screens.

        help: What the values say, and why others are kept or refused.

        open: A value outside the vocabulary is kept as sent.

        extensible: OneRoster 1.2 lets it be extended: values that begin with `ext:` are kept.

        target: The entity whose source keys are the values; such a model is open and has no values of its own.
    """

    name: str
    title: str
    help: str
    codes: tuple[Code, ...] = ()
    open: bool = False
    extensible: bool = False
    target: str = ""

    @cached_property
    def values(self) -> Mapping[str, str]:
        """Canonical value -> label, in the order of menus."""
        return {code.value: code.label for code in self.codes}

    @cached_property
    def synonyms(self) -> Mapping[str, str]:
        """
        Folded spelling -> canonical value, for everything that is understood without a mapping.

        A value of ours as an extension (`ext:staff`) is that value: so OneRoster's 1.2 writes what only we know.
        """
        extensions = {fold(f"ext:{code.value}"): code.value for code in self.codes if self.extensible}
        return extensions | {spelling: code.value for code in self.codes for spelling in _understood(code)}


def fold(value: str) -> str:
    """A value as it is compared: without outer blanks and case."""
    return value.strip().lower()


def spellings(words: str) -> Iterator[str]:
    """The folded ways to write some words: with blanks, hyphens, underscores or as one word."""
    parts = _BLANKS.split(_CAMEL.sub(" ", words).lower())
    return (joint.join(parts) for joint in (" ", "", "-", "_"))


def _understood(code: Code) -> Iterator[str]:
    yield fold(code.value)
    for words in (code.value, code.label, *code.synonyms):
        yield from spellings(words)


def read_codes(table: str) -> tuple[Code, ...]:
    """The codes of a table of lines `value | label | synonym, synonym`; after a comma a line may break."""
    return tuple(_code(line) for line in _CONTINUED.sub(", ", table.strip()).splitlines())


def _code(line: str) -> Code:
    value, label, synonyms = (part.strip() for part in line.split("|"))
    return Code(value, label, tuple(name.strip() for name in synonyms.split(",") if name.strip()))
