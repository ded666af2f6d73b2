"""How received values are read: every kind, the faults, and that the short ways agree with the long ones."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.codes import CodeMapping, Otherwise
from rollbook.core.layout import Column
from rollbook.core.schema import Kind
from rollbook.core.values import Reading, read, value_type

PLAIN = Reading()
DAY_FIRST, MONTH_FIRST = Reading(("%d/%m/%Y",)), Reading(("%m/%d/%Y",))
UNSURE = Reading(("%m/%d/%Y", "%d/%m/%Y"))

Value = str | list[str] | None


def column(kind: Kind, **more: object) -> Column:
    return Column("x", kind=kind, **more)  # type: ignore[arg-type]


def read_all(texts: Sequence[str | None], of: Column, reading: Reading = PLAIN) -> list[tuple[Value, str | None]]:
    """Value and fault of each text, all read as one column."""
    found = read(pl.Series("x", texts, pl.String), of, reading)
    assert found.value.dtype == value_type(of)
    faults = [None] * len(texts) if found.fault is None else found.fault.to_list()
    return list(zip(found.value.to_list(), faults, strict=True))


def read_one(text: str | None, of: Column, reading: Reading = PLAIN) -> tuple[Value, str | None]:
    return read_all([text], of, reading)[0]


# Dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, day",
    [
        ("2026-08-24", "2026-08-24"),
        (" 2026-08-24 ", "2026-08-24"),
        ("2024-02-29", "2024-02-29"),
        ("1900-01-01", "1900-01-01"),
        ("2026-08-24T00:00:00", "2026-08-24"),
        ("2026-08-24 23:59:59.999", "2026-08-24"),
        ("2026-08-24T23:30:00Z", "2026-08-24"),
        ("2026-08-24T23:30:00-05:00", "2026-08-24"),
        ("2026-08-24T00:30:00.000+13:45", "2026-08-24"),
    ],
)
def test_iso_dates_are_read_whatever_time_stands_behind(text: str, day: str) -> None:
    """The calendar day is taken as the sender wrote it: no time of day or time zone ever moves it."""
    assert read_one(text, column(Kind.DATE)) == (day, None)


@pytest.mark.parametrize(
    "text",
    [
        "0026-08-24", "1026-08-24", "2226-08-24", "1899-12-31", "26-08-24", "2026-8-24", "2026-13-01", "2026-02-29",
        "2026-08-24x", "2026-08-2", "20260824", "08/24/2026", "yesterday", "0000-00-00", "45000", "-", "٢٠٢٦-٠٨-٢٤",
    ],
)  # fmt: skip
def test_what_is_no_date_is_left_out(text: str) -> None:
    """An impossible day, a year nobody lives in and a format that was not agreed on are bad dates."""
    assert read_one(text, column(Kind.DATE)) == (None, "bad-date")


@pytest.mark.parametrize(
    "format, text, day",
    [
        ("%m/%d/%Y", "8/4/2026", "2026-08-04"),
        ("%m/%d/%Y", "08/04/2026", "2026-08-04"),
        ("%m/%d/%Y", "8/4/2026 12:00:00 AM", "2026-08-04"),
        ("%m/%d/%Y", "08/04/2026 13:45", "2026-08-04"),
        ("%d/%m/%Y", "4/8/2026", "2026-08-04"),
        ("%d.%m.%Y", "04.08.2026", "2026-08-04"),
        ("%d-%b-%Y", "04-Aug-2026", "2026-08-04"),
        ("%d %B %Y", "4 August 2026", "2026-08-04"),
        ("%Y/%m/%d", "2026/8/4", "2026-08-04"),
        ("%Y%m%d", "20260804", "2026-08-04"),
        ("%y%m%d", "260804", "2026-08-04"),
        ("%m/%d/%y", "8/4/26", "2026-08-04"),
        ("%m/%d/%y", "8/4/98", "1998-08-04"),
        ("%m/%d/%Y", "2026-08-04", "2026-08-04"),
    ],
)
def test_agreed_formats_are_read_beside_iso(format: str, text: str, day: str) -> None:
    """Each agreed format is read, with or without leading zeros; ISO 8601 always is."""
    assert read_one(text, column(Kind.DATE), Reading((format,))) == (day, None)


@pytest.mark.parametrize(
    "format, text",
    [
        ("%m/%d/%Y", "8/4/26"),  # read as %Y this would be the year 26
        ("%m/%d/%Y", "8/4/0026"),
        ("%m/%d/%y", "8/4/2026"),
        ("%m/%d/%Y", "24/8/2026"),
        ("%m/%d/%Y", "8/4/2026 and more"),
        ("%Y%m%d", "2026084"),
        ("%d.%m.%Y", "04x08x2026"),
    ],
)
def test_a_format_is_met_whole_or_not_at_all(format: str, text: str) -> None:
    """A date that only begins or ends like the format is no date, and two digits are no year 26."""
    assert read_one(text, column(Kind.DATE), Reading((format,))) == (None, "bad-date")


@pytest.mark.parametrize("time", ["", " 00:00", " 12:00:00 AM", "T08:15:00"])
def test_a_date_that_reads_two_ways_is_left_out(time: str) -> None:
    """Where both orders of day and month are agreed, a date that both can read is nobody's guess."""
    read_them = read_all([f"1/2/2026{time}", f"25/12/2026{time}", f"12/25/2026{time}"], column(Kind.DATE), UNSURE)
    assert read_them == [(None, "date-ambiguous"), ("2026-12-25", None), ("2026-12-25", None)]


def test_a_date_that_reads_alike_both_ways_is_taken() -> None:
    """The third of March is the third of March whichever comes first."""
    assert read_one("3/3/2026", column(Kind.DATE), UNSURE) == ("2026-03-03", None)


def test_the_order_that_was_agreed_decides() -> None:
    """With one order agreed on, 1/2/2026 is not ambiguous."""
    assert read_one("1/2/2026", column(Kind.DATE), DAY_FIRST) == ("2026-02-01", None)
    assert read_one("1/2/2026", column(Kind.DATE), MONTH_FIRST) == ("2026-01-02", None)


# Years, booleans, numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, year",
    [("2027", "2027"), ("2026-2027", "2027"), ("2026 / 2027", "2027"), ("1998", "1998"), ("2100", "2100")],
)
def test_a_school_year_is_the_year_it_ends_in(text: str, year: str) -> None:
    """One year is itself; of a pair the later, written last, is taken."""
    assert read_one(text, column(Kind.YEAR, length=4)) == (year, None)


@pytest.mark.parametrize("text", ["27", "0026", "26-27", "2026-27", "2227", "20270", "2027.0", "FY27"])
def test_what_is_no_year_is_left_out(text: str) -> None:
    """Two digits and years out of reach are bad years."""
    assert read_one(text, column(Kind.YEAR, length=4)) == (None, "bad-year")


def test_yes_and_no_in_any_case() -> None:
    """What people write for true and false is understood; anything else is left out."""
    words = ["TRUE", "t", "Yes", "Y", "1", "on", "False", "F", "no", "N", "0", "oFF", "maybe", "2", "-1"]
    expected = [*[("true", None)] * 6, *[("false", None)] * 6, *[(None, "bad-boolean")] * 3]
    assert read_all(words, column(Kind.BOOLEAN, length=5)) == expected


@pytest.mark.parametrize(
    "text, number", [("7", "7"), ("007", "7"), ("+7", "7"), ("-7", "-7"), ("7.0", "7"), ("7.", "7"), ("0", "0")]
)
def test_whole_numbers_lose_their_frills(text: str, number: str) -> None:
    """Leading zeros, a plus and the `.0` of a spreadsheet are no part of a number."""
    assert read_one(text, column(Kind.INTEGER, length=9)) == (number, None)


@pytest.mark.parametrize("text", ["7.5", "1,000", "seven", "1e3", "1234567890", "٧"])
def test_what_is_no_whole_number_is_left_out(text: str) -> None:
    """Fractions, separators and numbers too big for the database are bad numbers."""
    assert read_one(text, column(Kind.INTEGER, length=9)) == (None, "bad-number")


# Telephones, addresses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, number",
    [
        ("9107990121", "+19107990121"),
        ("910-799-0121", "+19107990121"),
        ("(910)799-0121", "+19107990121"),
        ("910 799 0121", "+19107990121"),
        ("910.799.0121", "+19107990121"),
        ("1-910-799-0121", "+19107990121"),
        ("+1 (910) 799-0121", "+19107990121"),
        ("910\u00a0799\u00a00121", "+19107990121"),
        ("\u200b910-799-0121\u202c", "+19107990121"),
        ("910-799-0121 x12", "+19107990121 x12"),
        ("910-799-0121 ext. 12", "+19107990121 x12"),
        ("910-799-0121 Extension 4711", "+19107990121 x4711"),
        ("9107990121#5", "+19107990121 x5"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+49 (0)30 901820", "+49030901820"),
        ("+44 20 7946 0958 x3", "+442079460958 x3"),
        ("020 7946 0958", "020 7946 0958"),
        ("799-0121", "799-0121"),
        ("110-799-0121", "110-799-0121"),  # no North American area code begins with 1
        ("call 911", "call 911"),
        ("010\u2013123\u20134567", "0101234567"),
    ],
)
def test_telephone_numbers_become_international_where_that_is_certain(text: str, number: str) -> None:
    """A valid North American number gets +1, a + number stays one, any other passes without odd characters."""
    assert read_one(text, column(Kind.PHONE, length=64)) == (number, None)


@pytest.mark.parametrize("text", ["n/a", "none", "12", "x12", "()-", "９１０７９９０１２１"])
def test_what_holds_no_number_is_no_telephone(text: str) -> None:
    """Fewer than three digits are no telephone number."""
    assert read_one(text, column(Kind.PHONE, length=64)) == (None, "bad-phone")


def test_numbers_of_another_country_get_no_country_code() -> None:
    """Only the United States and Canada are completed: elsewhere ten digits could be anything."""
    assert read_one("910-799-0121", column(Kind.PHONE, length=64), Reading(region="GB")) == ("910-799-0121", None)
    assert read_one("910-799-0121", column(Kind.PHONE, length=64), Reading(region="CA")) == ("+19107990121", None)


@pytest.mark.parametrize("text", ["ada@north.example", "Ada.O'Neil+x@North.Example", "ä@ö.example", "a_b@x.y.example"])
def test_addresses_stay_as_they_were_written(text: str) -> None:
    """An e-mail address keeps its case and its letters."""
    assert read_one(f" {text} ", column(Kind.EMAIL, length=254)) == (text, None)


@pytest.mark.parametrize(
    "text",
    ["ada", "ada@", "@north.example", "ada@north", "a b@north.example", "a@b@north.example", "a@x.example, b@x.example",
     "<ada@north.example>", "ada@north.example.", "ada@north.\x01example"],
)  # fmt: skip
def test_what_is_no_address_is_left_out(text: str) -> None:
    """An address lacks no part, names one person and holds nothing invisible."""
    assert read_one(text, column(Kind.EMAIL, length=254)) == (None, "bad-email")


def test_a_web_address_begins_with_its_scheme() -> None:
    """Only http and https are taken: a photo is never fetched from anywhere else."""
    texts = ["https://x.example/1.jpg", "http://x.example", "x.example", "javascript:alert(1)", "file:///etc/passwd",
             "https://x.example/a b", "https://x.example/\x7f"]  # fmt: skip
    good = [("https://x.example/1.jpg", None), ("http://x.example", None)]
    assert read_all(texts, column(Kind.URL, length=2000)) == [*good, *[(None, "bad-url")] * 5]


def test_a_photo_is_a_web_address_or_one_that_the_hub_keeps() -> None:
    """Beside web addresses only the reference to a kept photo passes, and only whole."""
    kept = f"photo:{'0123456789abcdef' * 4}"
    texts = ["https://x.example/1.jpg", kept, kept.upper(), kept[:-1], f"{kept}0", "photo:../../etc/passwd", "1.jpg"]
    good = [("https://x.example/1.jpg", None), (kept, None)]
    assert read_all(texts, column(Kind.PHOTO, length=2000)) == [*good, *[(None, "bad-url")] * 5]


# Ids and texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["007", "1e5", "A b", "é", "e\u0301", "=1+1", "ABC", "abc", "0x1F", "TRUE", "1.0"])
def test_ids_are_kept_byte_for_byte(text: str) -> None:
    """Nothing but the blanks around an id is touched: no zero, no case, no accent."""
    assert read_one(f"  {text}\t", column(Kind.ID)) == (text, None)


def test_an_id_with_control_characters_is_left_out() -> None:
    """An id that cannot be seen cannot be told apart."""
    assert read_one("a\x00b", column(Kind.ID)) == (None, "control-chars")
    assert read_one("a\nb", column(Kind.ID)) == (None, "control-chars")


def test_a_text_keeps_everything_but_control_characters() -> None:
    """A line break in a text becomes a blank."""
    assert read_one("Lia\nRoe", column(Kind.TEXT)) == ("Lia Roe", None)
    assert read_one("Lia “Lee” Roe 🎓", column(Kind.TEXT)) == ("Lia “Lee” Roe 🎓", None)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.LIST, Kind.REFS)])
def test_blank_is_blank_in_every_kind(kind: Kind) -> None:
    """An empty cell, blanks of any kind and no cell at all say nothing, and that is no fault."""
    assert read_all(["", "  ", "\t", "\u00a0", None], column(kind)) == [(None, None)] * 5


@pytest.mark.parametrize("kind", list(Kind))
def test_a_required_value_may_not_be_blank(kind: Kind) -> None:
    """A blank in a required column is told as such."""
    wanted = column(kind, required=True, separator=";" if kind in (Kind.LIST, Kind.REFS) else "")
    assert read_all(["", " "], wanted) == [(None, "required-blank")] * 2


@pytest.mark.parametrize("letter", ["a", "é", "漢", "🎓"])
def test_length_counts_characters(letter: str) -> None:
    """A limit of 255 takes 255 letters, however many bytes each has; one more is left out."""
    texts = [letter * 255, letter * 256]
    assert read_all(texts, column(Kind.TEXT, length=255)) == [(texts[0], None), (None, "too-long")]


def test_length_is_that_of_the_canonical_value() -> None:
    """What reading takes away does not count against the limit."""
    assert read_one(" " * 300 + "abc" + " " * 300, column(Kind.TEXT, length=3)) == ("abc", None)


# Lists -----------------------------------------------------------------------------------------------

LIST = column(Kind.LIST, separator=";")
GRADES = column(Kind.LIST, separator=",", code="grade_level")


@pytest.mark.parametrize(
    "text, parts",
    [
        ("a", ["a"]),
        ("a;b", ["a", "b"]),
        (" a ; b ", ["a", "b"]),
        (";a;;b;", ["a", "b"]),
        ("a; ;b", ["a", "b"]),
        ("a b;c", ["a b", "c"]),
        ("b;a;b", ["b", "a", "b"]),
        (";", None),
        (" ; ;", None),
        ("a,b", ["a,b"]),
    ],
)
def test_lists_have_no_blank_parts(text: str, parts: list[str] | None) -> None:
    """Blanks around the parts and blank parts go; the order stays."""
    assert read_one(text, LIST) == (parts, None)


@pytest.mark.parametrize("separator", [",", ";", "|", "^", "]", "-", "\\", ".", "~", "||"])
def test_any_separator_is_taken_as_it_is(separator: str) -> None:
    """No separator means anything but itself."""
    text = separator.join(["a", "", " b ", "c"])
    assert read_one(text, replace(LIST, separator=separator)) == (["a", "b", "c"], None)


def test_a_required_list_is_not_only_separators() -> None:
    """Separators alone say nothing."""
    assert read_one("; ;", replace(LIST, required=True)) == (None, "required-blank")


def test_unknown_codes_of_a_list_leave_the_known_ones() -> None:
    """One code that nobody knows takes nothing but itself."""
    found = read_all(["9, 10", "9,none", "none", "K"], GRADES)
    assert found == [(["09", "10"], None), (["09"], "unmapped-code"), (None, "unmapped-code"), (["KG"], None)]


# Codes -----------------------------------------------------------------------------------------------

GENDER = column(Kind.CODE, code="gender")


def test_codes_go_through_the_mapping_and_then_the_vocabulary() -> None:
    """The integration's own words come first, the built-in ones next, the rest is told as unknown."""
    reading = Reading(codes={"gender": CodeMapping("gender", {"W": "female"})})
    found = read_all(["w", "F", "male", "Z", ""], GENDER, reading)
    assert found == [("female", None), ("female", None), ("male", None), (None, "unmapped-code"), (None, None)]


@pytest.mark.parametrize("of", [GENDER, replace(GENDER, kind=Kind.LIST, separator=",")])
def test_a_code_that_is_left_empty_is_told(of: Column) -> None:
    """A mapping that leaves unknown codes empty says so: nothing goes without a word."""
    reading = Reading(codes={"gender": CodeMapping("gender", otherwise=Otherwise.BLANK)})
    assert read_one("Z", of, reading) == (None, "unmapped-code")


# Further ids -----------------------------------------------------------------------------------------

OBJECT = column(Kind.OBJECT)


@pytest.mark.parametrize(
    "text, made",
    [
        ("{LDAP:abc}", {"LDAP": "abc"}),
        ("{LDAP:abc},{Fed:123}", {"LDAP": "abc", "Fed": "123"}),
        ("{LDAP: a b },{Fed:1}", {"LDAP": "a b", "Fed": "1"}),
        (" { LDAP : abc } , { Fed : 123 } ", {"LDAP": "abc", "Fed": "123"}),
        ('{quote:a"b},{back:c\\d}', {"quote": 'a"b', "back": "c\\d"}),
        ("{url:https://x.example}", {"url": "https://x.example"}),
        ('{"LDAP": "abc", "n": 7}', {"LDAP": "abc", "n": 7}),
    ],
)
def test_further_ids_become_an_object(text: str, made: dict[str, object]) -> None:
    """OneRoster's `{kind:id}` pairs are read whatever their blanks; a JSON object stays one."""
    value, fault = read_one(text, OBJECT)
    assert isinstance(value, str)
    assert (json.loads(value), fault) == (made, None)


@pytest.mark.parametrize(
    "text", ["LDAP:abc", "{LDAP}", "{}", "{LDAP:abc", "abc", "{a:b}{c:d}", "{a:b},{c}", '{"a": ', '{"a"}']
)
def test_what_is_no_object_is_left_out(text: str) -> None:
    """Whatever is neither pairs nor a JSON object is left out, and told."""
    assert read_one(text, OBJECT) == (None, "bad-object")


# Short ways ------------------------------------------------------------------------------------------

# fmt: off
TEXTS = st.one_of(
    st.sampled_from([
        "", " ", "a;b", "a; b", ";;", "x", "1/2/2026", "25/12/2026", "2026-08-24", "0026-01-01",
        "8/4/2026 1:00 PM", "Y", "no", "910-799-0121", "(910) 799-0121 x5", "+44 20 7946 0958",
        "\u200b9107990121", "９１０", "12", "K", "09", "9,10", "none", "{LDAP:abc}", "{a:b:c}", "{a: b}",
        '{"a": "b"}', '{"a', "{", "é" * 5, "🎓" * 5, "ada@north.example", "a\nb", "a\x00", "https://x.example",
        "7.0", "007", "2026-2027", "female", "Z",
    ]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text(st.sampled_from("0123456789+-() x#./;,:{}\" \u00a0\u200b"), max_size=14),
)
# fmt: on
COLUMNS = (
    st.builds(
        Column,
        name=st.just("x"),
        kind=st.sampled_from([kind for kind in Kind if kind not in (Kind.LIST, Kind.REFS, Kind.CODE)]),
        required=st.booleans(),
        length=st.sampled_from([0, 4, 64]),
    )
    | st.builds(
        Column,
        name=st.just("x"),
        kind=st.just(Kind.LIST),
        code=st.sampled_from(["", "grade_level", "race"]),
        separator=st.sampled_from([",", ";", "|"]),
        required=st.booleans(),
    )
    | st.builds(
        Column, name=st.just("x"), kind=st.just(Kind.CODE), code=st.sampled_from(["gender", "language", "grade_level"])
    )
)
READINGS = st.sampled_from([PLAIN, DAY_FIRST, MONTH_FIRST, UNSURE, Reading(("%Y%m%d", "%d.%m.%y"), region="GB")])


@given(st.lists(TEXTS | st.none(), max_size=12), COLUMNS, READINGS, st.integers(0, 30))
def test_a_column_is_read_as_its_values_are(
    texts: list[str | None], of: Column, reading: Reading, repeats: int
) -> None:
    """Whatever short way a column takes, each value comes out as if it had come alone."""
    texts += texts[:1] * repeats  # few distinct values among many
    assert read_all(texts, of, reading) == [read_one(text, of, reading) for text in texts]


@given(TEXTS, COLUMNS, READINGS)
def test_a_canonical_value_stays(text: str, of: Column, reading: Reading) -> None:
    """Reading what was read already changes nothing and finds no fault."""
    value, _ = read_one(text, of, reading)
    sent = of.separator.join(value) if isinstance(value, list) else value
    assert read_one(sent, replace(of, required=False), reading) == (value, None)


@given(TEXTS, COLUMNS, READINGS)
def test_a_value_is_read_or_blank_or_at_fault(text: str, of: Column, reading: Reading) -> None:
    """Nothing vanishes silently: what was sent is read, or its fault is told; and a read value is never empty."""
    value, fault = read_one(text, of, reading)
    assert value not in ("", [])
    assert (
        value is not None or fault is not None or not re.search(rf"[^\s\x00-\x1f\x7f{re.escape(of.separator)}]", text)
    )


@given(st.lists(TEXTS, max_size=6))
def test_further_ids_are_always_valid_json(texts: list[str]) -> None:
    """Whatever was sent, an object that is kept can be read by anybody."""
    for value, _ in read_all(texts, OBJECT):
        assert value is None or isinstance(json.loads(str(value)), dict)
