"""Text in chunks that end where a line ends, so that each can be read on its own."""

from collections.abc import Iterator

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers.terms import Limits, refusal

BLOCK = 2**20
SMALLEST, LARGEST = 2 * BLOCK, 8 * BLOCK
_PARTS = 8


def size_for(file: int) -> int:
    """The bytes of a chunk for a file of so many: a few large ones take less time, and more memory."""
    return min(LARGEST, max(SMALLEST, file // _PARTS))


def whole_lines(file: str, texts: Iterator[bytes], limits: Limits, size: int) -> Iterator[bytes]:
    """
    Gather texts into chunks of about `size` bytes, each cut after a line end.

    The last line gets a line end where the file lacks one. A CR at the very end waits for the next text: it
    may be half of a CRLF.

    Raises:
        ContractBroken: line-too-long, before more than such a line is held in memory.
    """
    held: list[bytes] = []
    length = 0
    for text in texts:
        length += len(text)
        cut = _after_last_line(text) if length >= size else 0
        if not cut:
            if length > limits.max_line_bytes + size:
                raise _too_long(file, limits)
            held.append(text)
            continue
        yield b"".join((*held, text[:cut]))
        held = [text[cut:]]
        length = len(text) - cut
    if last := b"".join(held):
        yield last if last.endswith((b"\n", b"\r")) else last + b"\n"


def _too_long(file: str, limits: Limits) -> ContractBroken:
    happened = f"a line is longer than {limits.max_line_bytes:,} bytes."
    return refusal("line-too-long", file, happened, "Look at how the export ends its lines.")


def skip_bytes(texts: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Leave out the first `count` bytes."""
    for text in texts:
        if count < len(text):
            yield text[count:] if count else text
        count = max(0, count - len(text))


def _after_last_line(text: bytes) -> int:
    feed = text.rfind(b"\n")
    lone = text.rfind(b"\r", feed + 1, len(text) - 1)
    return max(feed, lone) + 1
