"""The fast path gives what the rules give, however the text is cut into chunks and frames."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.errors import ContractBroken
from rollbook.landing.readers import strict
from rollbook.landing.readers.chunks import whole_lines
from rollbook.landing.readers.delimited import DelimitedText
from rollbook.landing.readers.terms import Limits

TRICKY = ['"', '""', ",", ",,", "\t", "\n", "\r", "\r\n", "\n\n", "a", "b", " ", "é", "\ufeff", "x\x01", "\x1f", "\x0b",
          "\u2028", '"a"', '"a,b"', '"a\nb"', ',"', '",', "#", "(", "1.0", "NULL"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(TRICKY), max_size=40).map("".join)
TABLES = st.lists(
    st.lists(st.sampled_from(["a", "", '"q"', '"x,y"', '"d""d"', "é", '"two\nlines"', 'b"c']), min_size=1, max_size=4),
    max_size=20,
).map(lambda table: "\n".join(map(",".join, table)))
DELIMITERS = st.sampled_from([b",", b"\t", strict.NO_DELIMITER])


def by_the_rules(text: bytes, delimiter: bytes, columns: int) -> list[tuple[object, ...]] | str:
    """Every record through `strict`; "unclosed" when a quote is open at the end."""
    if text and not text.endswith((b"\n", b"\r")):
        text += b"\n"
    found: list[tuple[object, ...]] = []
    place, line = 0, 1
    while place < len(text):
        try:
            record = strict.read_record(text, place, delimiter, 10**6)
        except strict.QuoteOpen:
            return "unclosed"
        if not strict.is_blank(record.cells):
            cells = [cell.decode() or None for cell in record.cells]
            count = columns if not any(cells[columns:]) and len(cells) > columns else len(cells)
            found.append((*[*cells, *[None] * columns][:columns], line, count))
        place, line = record.end, line + record.lines
    return found


def in_chunks(text: bytes, delimiter: bytes, columns: int, block: int, chunk: int) -> list[tuple[object, ...]] | str:
    """The same through frames."""
    reading = DelimitedText("sheet.csv", delimiter, columns, 1, Limits())
    blocks = (text[place : place + block] for place in range(0, len(text), block))
    try:
        frames = list(reading.frames(whole_lines("sheet.csv", blocks, Limits(), chunk)))
    except ContractBroken as error:
        return "unclosed" if error.code == "quote-unclosed" else error.code
    return pl.concat(frames).rows() if frames else []


@given(TEXTS | TABLES, DELIMITERS, st.integers(1, 4), st.integers(1, 9), st.integers(1, 40))
def test_fast_is_strict(text: str, delimiter: bytes, columns: int, block: int, chunk: int) -> None:
    """Any text, in chunks of any size, gives the records that the rules give, with the same line numbers."""
    sent = text.encode()
    assert in_chunks(sent, delimiter, columns, block, chunk) == by_the_rules(sent, delimiter, columns)


@given(TABLES, st.integers(1, 50))
def test_one_chunk_or_many(text: str, chunk: int) -> None:
    """The size of the chunks never shows in the result."""
    sent = text.encode()
    assert in_chunks(sent, b",", 3, 7, chunk) == in_chunks(sent, b",", 3, 2**20, 2**20)
