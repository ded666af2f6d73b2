"""A text cut into chunks: whole lines, nothing lost, and no smaller than asked for."""

from hypothesis import given
from hypothesis import strategies as st

from rollbook.landing.readers.chunks import whole_lines
from rollbook.landing.readers.terms import Limits

LINES = st.lists(st.text("ab,é", max_size=9).map(lambda line: line.encode() + b"\n"), min_size=1)


@given(LINES, st.integers(1, 20), st.integers(1, 60))
def test_chunks_are_whole_lines_of_about_one_size(lines: list[bytes], block: int, size: int) -> None:
    """Whatever the size of the blocks they come in: only the last chunk may be smaller than a block short of `size`."""
    text = b"".join(lines)
    blocks = (text[at : at + block] for at in range(0, len(text), block))
    chunks = list(whole_lines("t.csv", blocks, Limits(), size))
    assert b"".join(chunks) == text
    assert all(chunk.endswith(b"\n") for chunk in chunks)
    longest = max(map(len, lines))
    assert all(len(chunk) >= size - block - longest for chunk in chunks[:-1])
