from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.codes import (
    CodeMapping,
    Otherwise,
    code_page,
    default_otherwise,
    faults,
    mapping_from_csv,
    mapping_to_csv,
    translate,
)
from rollbook.core.errors import SettingsError
from rollbook.core.vocabulary import CODE_MODELS

GRADES = CodeMapping("grade_level", {"KF": "KG", "01": "KG"})


def translated(values: Sequence[str | None], model: str, mapping: CodeMapping | None = None) -> list[str | None]:
    frame = pl.LazyFrame({"code": values}, schema={"code": pl.String})
    return frame.select(translate(pl.col("code"), model, mapping)).collect(engine="streaming")["code"].to_list()


@st.composite
def mappings(draw: st.DrawFn) -> CodeMapping:
    """A usable mapping of any model."""
    model = CODE_MODELS[draw(st.sampled_from(sorted(CODE_MODELS)))]
    exact = draw(st.booleans())
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8)
    trimmed = text.filter(lambda value: value == value.strip() and value != "*")
    values = st.sampled_from(list(model.values)) if model.values else trimmed
    entries = draw(st.dictionaries(trimmed, values, max_size=6))
    otherwise = draw(st.sampled_from([o for o in Otherwise if o is not Otherwise.KEEP or model.open]))
    words = ("(reject)", "(keep)")
    value = draw(values.filter(lambda v: v not in words)) if otherwise is Otherwise.VALUE else ""
    mapping = CodeMapping(model.name, entries, otherwise, value, exact)
    return mapping if not faults(mapping) else CodeMapping(model.name, {}, otherwise, value, exact)


@pytest.mark.parametrize("model", CODE_MODELS)
def test_canonical_values_stay(model: str) -> None:
    """Translating what is canonical already changes nothing."""
    values = list(CODE_MODELS[model].values)
    assert translated(values, model) == values


@given(st.lists(st.text(max_size=6)), st.sampled_from(sorted(CODE_MODELS)))
def test_translating_twice_is_translating_once(values: list[str], model: str) -> None:
    """A translated column translates to itself."""
    once = translated(values, model)
    assert translated(once, model) == once


def test_outer_blanks_and_case_do_not_matter() -> None:
    """A value is understood whatever its case and the blanks around it."""
    assert translated([" k ", "GRADE 2", "kF"], "grade_level", GRADES) == ["KG", "02", "KG"]


def test_entries_come_first() -> None:
    """A school may give even a canonical value another meaning."""
    assert translated(["01", "02"], "grade_level", GRADES) == ["KG", "02"]


def test_exact_entries_match_byte_for_byte() -> None:
    """With `exact` only the entries mind case; the vocabulary is understood as ever."""
    mapping = CodeMapping("grade_level", {"x": "01", "X": "02"}, exact=True)
    assert translated(["x", "X", " x", "kindergarten"], "grade_level", mapping) == ["01", "02", None, "KG"]


def test_an_unknown_value_gives_nothing() -> None:
    """A value that nothing matches becomes null, and so does a blank one."""
    assert translated(["Martian", "", None], "race") == [None, None, None]


def test_an_open_model_keeps_what_it_does_not_know() -> None:
    """An unknown value of an open model is kept as sent, without outer blanks."""
    assert translated([" Kiwi fruit ", "  ", None, "Peanuts"], "allergy") == ["Kiwi fruit", None, None, "peanut"]


def test_extensions_of_oneroster_are_kept() -> None:
    """A value that begins with `ext:` passes where OneRoster 1.2 allows it, and only there."""
    assert translated(["ext:nurse"], "role") == ["ext:nurse"]
    assert translated(["ext:nurse"], "race") == [None]


@pytest.mark.parametrize(
    "otherwise, value, expected",
    [(Otherwise.REJECT, "", None), (Otherwise.BLANK, "", None), (Otherwise.VALUE, "other", "other")],
)
def test_the_catch_all_takes_the_rest(otherwise: Otherwise, value: str, expected: str | None) -> None:
    """What nothing else matches goes to the catch-all; a blank value never does."""
    mapping = CodeMapping("race", {}, otherwise, value)
    assert translated(["Martian", "asian", "", None], "race", mapping) == [expected, "asian", None, None]


def test_a_mapping_costs_no_row_unless_it_says_so() -> None:
    """An unknown value is left out with a warning, with a mapping as without; only `reject` gives up the row."""
    assert CodeMapping("race").otherwise is Otherwise.BLANK
    assert mapping_from_csv("external_value,value\n", "race").otherwise is Otherwise.BLANK
    assert default_otherwise("race") is Otherwise.BLANK


def test_lists_are_translated_within() -> None:
    """A list column is translated value by value."""
    frame = pl.DataFrame({"grades": [["k", "1"], [], None]})
    result = frame.select(pl.col("grades").list.eval(translate(pl.element(), "grade_level", GRADES)))
    assert result["grades"].to_list() == [["KG", "01"], [], None]


@given(mappings())
def test_every_entry_is_found(mapping: CodeMapping) -> None:
    """Each external value of a usable mapping translates to its own canonical value."""
    assert translated(list(mapping.entries), mapping.model, mapping) == list(mapping.entries.values())


@given(mappings())
def test_csv_round_trip(mapping: CodeMapping) -> None:
    """A mapping read from the file that was written of it is the same mapping."""
    assert mapping_from_csv(mapping_to_csv(mapping), mapping.model, exact=mapping.exact) == mapping


@given(mappings())
def test_csv_holds_no_formula(mapping: CodeMapping) -> None:
    """No cell of a written file begins as a formula does."""
    cells = pl.read_csv(mapping_to_csv(mapping).encode(), infer_schema=False, truncate_ragged_lines=False)
    assert not any((cell or "").startswith(("=", "+", "-", "@", "\t", "\r")) for row in cells.rows() for cell in row)


def test_csv_as_people_write_it() -> None:
    """Byte order mark, blank lines, another case and a missing catch-all are all fine."""
    text = "\ufeffExternal_Value,Value\n\nKF,kg\n"
    assert mapping_from_csv(text, "grade_level") == CodeMapping("grade_level", {"KF": "KG"})
    assert mapping_from_csv("external_value,value\n", "allergy").otherwise is Otherwise.KEEP


@pytest.mark.parametrize(
    "rows, message",
    [
        ("K5,Kinder", "Line 2: 'K5' is mapped to 'Kinder', which is not a value of Grade level."),
        ("K5,KG\nK5,01", "Line 3: 'K5' is given a second time."),
        ("K5", "Line 2: 2 values are needed, not 1."),
        (",KG", "Line 2: An external value is blank."),
        ("*,KG\n*,01", "Line 3: the catch-all is given a second time."),
        ("*,(keep)", "Line 2: Grade level only takes its own values: others cannot be kept as sent."),
        ("k5,KG\nK5,01", "'k5' and 'K5' are the same without outer blanks and case: keep one, or match exactly."),
    ],
)
def test_a_fault_in_a_csv_names_its_line(rows: str, message: str) -> None:
    """Each line that cannot be used is named with its reason."""
    with pytest.raises(SettingsError) as error:
        mapping_from_csv(f"external_value,value\n{rows}\n", "grade_level")
    assert str(error.value) == f"{message} Nothing was changed."


def test_other_columns_are_refused() -> None:
    """A file with other columns is no mapping."""
    with pytest.raises(SettingsError, match="the columns must be external_value and value"):
        mapping_from_csv("code,value\n", "race")


@pytest.mark.parametrize(
    "mapping, fault",
    [
        (CodeMapping("shoe_size"), "There is no code model 'shoe_size'."),
        (CodeMapping("race", {"W": "pale"}), "'W' is mapped to 'pale', which is not a value of Race."),
        (CodeMapping("race", {"*": "white"}), "'*' stands for all other values: set the catch-all instead."),
        (
            CodeMapping("race", {"W": "white", "w ": "asian"}),
            "'W' and 'w ' are the same without outer blanks and case: keep one, or match exactly.",
        ),
        (
            CodeMapping("race", {}, Otherwise.KEEP),
            "Race only takes its own values: others cannot be kept as sent.",
        ),
        (CodeMapping("race", {}, Otherwise.VALUE, "x"), "The catch-all value 'x' is not a value of Race."),
        (
            CodeMapping("race", {}, Otherwise.BLANK, "white"),
            "A catch-all value is given, but the catch-all does not use it.",
        ),
    ],
)
def test_faults_are_told(mapping: CodeMapping, fault: str) -> None:
    """A mapping that cannot be used says why."""
    assert faults(mapping) == [fault]


def test_records_of_the_roster_are_values_of_their_model() -> None:
    """A building is mapped to any key of an org."""
    assert faults(CodeMapping("building", {"North": "org-17"}, default_otherwise("building"))) == []


def test_the_page_names_every_model_and_value() -> None:
    """The reference page lists each model with each of its values."""
    page = code_page()
    assert all(f"(`{name}`)" in page for name in CODE_MODELS)
    assert all(f"| `{value}` |" in page for model in CODE_MODELS.values() for value in model.values)
