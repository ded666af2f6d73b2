"""What is told of all quotes at once is what is told line by line."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rollbook.landing.readers.quotes import InOrder, in_order
from rollbook.landing.readers.regular import survey_lines

CELLS = st.sampled_from(["", '""', '"a"', "a", '"b,b"', '"c""c"', '"d""""d"', '""""', "é" * 40, '"' + "e" * 70 + '"'])
FAULTS = st.sampled_from(['"', 'a"', '"a\nb"', '"a\rb"', '"a"b', '"', '""a""', '"\n"', '"\r\n"', '"""'])
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])
TIDY = st.lists(st.lists(CELLS, max_size=6).map(",".join) | ENDS, max_size=30)
UNTIDY = st.lists(st.lists(CELLS | FAULTS, max_size=6).map(",".join) | ENDS, max_size=30)


@given((TIDY | UNTIDY).map("\n".join), st.integers(1, 400))
def test_all_at_once_is_line_by_line(text: str, piece: int) -> None:
    """Quotes are in order where no line has one out of place, however the text is cut, and unquoting takes as much."""
    sent = text.encode() + b"\n"
    faulty, unquoting = survey_lines(sent, b",", 10**6).judged
    known = None if faulty.any() else InOrder(int(unquoting.sum()), b'""' in sent)
    assert in_order(sent, ord(","), piece) == known


def test_some_lines_of_a_text_in_order() -> None:
    """What unquoting takes from some of the lines is told for these alone."""
    lines = survey_lines(b'"a","b"\nc,"d""d"\ne\n', b",", 10**6)
    assert lines.in_order == InOrder(7, True)
    assert [lines.unquoting(np.array(wanted)) for wanted in ([True] * 3, [True, False, True])] == [7, 4]
