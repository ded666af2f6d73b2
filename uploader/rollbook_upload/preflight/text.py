"""Text as the hub sees it: what is a blank, what is a control character, how JSON is written."""

from __future__ import annotations

import re
from collections.abc import Iterable

BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""White space by Unicode. Python's own `strip` and `\\s` also take the separators \\x1c to \\x1f for it."""

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def trimmed(text: str | None) -> str | None:
    """Text without blanks around it; None when nothing is left."""
    return (text or "").strip(BLANKS) or None


def escaped(text: str) -> str:
    """Text as it stands inside a JSON string; control characters become blanks."""
    return CONTROL.sub(" ", text.replace("\\", "\\\\").replace('"', '\\"'))


def json_list(texts: Iterable[str]) -> str | None:
    """A JSON array; None for an empty one."""
    parts = [escaped(text) for text in texts]
    return '["' + '","'.join(parts) + '"]' if parts else None
