from collections import Counter

import pytest

from rollbook.core import schema
from rollbook.core.vocabulary import CODE_MODELS, CodeModel, fold
from rollbook.core.vocabulary.model import spellings

MODELS = pytest.mark.parametrize("model", CODE_MODELS.values(), ids=lambda model: model.name)


def test_every_coded_field_has_its_model() -> None:
    """Every code model that a canonical field names exists."""
    assert {field.code for _, field in schema.all_fields() if field.code} <= set(CODE_MODELS)


def test_every_model_is_of_use() -> None:
    """A model serves a canonical field or names the records of an entity, whose name is real."""
    used = {field.code for _, field in schema.all_fields()}
    assert all(name in used or schema.entity(model.target) for name, model in CODE_MODELS.items())


@MODELS
def test_values_fit_their_field(model: CodeModel) -> None:
    """No value is longer than a coded field may be."""
    assert all(0 < len(value) <= 64 for value in model.values)


@MODELS
def test_each_spelling_means_one_thing(model: CodeModel) -> None:
    """No spelling stands for two values of a model."""
    meanings = {
        (spelling, code.value)
        for code in model.codes
        for words in (code.value, code.label, *code.synonyms)
        for spelling in (fold(words), *spellings(words))
    }
    twice = [spelling for spelling, count in Counter(s for s, _ in meanings).items() if count > 1]
    assert twice == []


@MODELS
def test_a_model_says_what_it_is(model: CodeModel) -> None:
    """Title and help are there, and a model without values of its own is open."""
    assert model.title
    assert model.help
    assert model.codes or (model.open and model.target)


def test_oneroster_roles_are_values() -> None:
    """The twelve roles of OneRoster 1.2 are there in its own words."""
    assert {
        "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
        "siteAdministrator", "student", "systemAdministrator", "teacher",
    } <= set(CODE_MODELS["role"].values)  # fmt: skip


def test_grades_are_those_of_ceds() -> None:
    """The grade levels are the list that OneRoster 1.1 points at, in order."""
    numbers = " ".join(f"{n:02}" for n in range(1, 14))
    assert list(CODE_MODELS["grade_level"].values) == f"IT PR PK TK KG {numbers} PS UG Other".split()


@pytest.mark.parametrize(
    "model, sent, value",
    [
        ("grade_level", "k", "KG"),
        ("grade_level", "0", "KG"),
        ("grade_level", "-1", "PK"),
        ("grade_level", "1st", "01"),
        ("grade_level", "transitionalkindergarten", "TK"),
        ("grade_level", "postgraduate", "PS"),
        ("grade_level", "ps1", "PS"),
        ("grade_level", "undergraduate", "PS"),
        ("gender", "f", "female"),
        ("gender", "x", "other"),
        ("ethnicity", "y", "hispanic"),
        ("ethnicity", "false", "not_hispanic"),
        ("race", "blackorafricanamerican", "black_or_african_american"),
        ("race", "native hawaiian / other pac islander", "native_hawaiian_or_other_pacific_islander"),
        ("role", "administrator", "siteAdministrator"),
        ("role", "professor", "teacher"),
        ("role", "itadmin", "systemAdministrator"),
        ("role", "officestaff", "staff"),
        ("role", "school staff", "staff"),
        ("org_type", "ministryofeducation", "national"),
        ("org_type", "highed", "college"),
        ("session_type", "quarter", "gradingPeriod"),
        ("enrollment_role", "ta", "aide"),
        ("enrollment_role", "lead teacher", "teacher"),
        ("enrollment_role", "lecturer", "teacher"),
        ("language", "spa", "es"),
        ("language", "deu", "de"),
        ("language", "ger", "de"),
        ("language", "hmong", "hmn"),
        ("country", "usa", "US"),
        ("country", "côte d'ivoire", "CI"),
        ("state", "new york", "NY"),
        ("state", "québec", "QC"),
        ("relationship", "step-mother", "stepmother"),
        ("relationship", "grandmother", "grandparent"),
        ("phone_kind", "cell", "mobile"),
        ("group_kind", "student council", "council"),
        ("group_kind", "home room", "homeroom"),
    ],
)
def test_known_words_are_understood(model: str, sent: str, value: str) -> None:
    """The words of the known layouts and systems need no mapping."""
    assert CODE_MODELS[model].synonyms[sent] == value


def test_lists_of_iso_are_whole() -> None:
    """All countries of ISO 3166-1 and all languages of ISO 639-1 are there, each with its three-letter code."""
    countries, languages = CODE_MODELS["country"], CODE_MODELS["language"]
    two_letter = [code for code in languages.codes if len(code.value) == 2]
    assert (len(countries.codes), len(two_letter)) == (249, 183)
    assert all(any(len(s) == 3 for s in code.synonyms) for code in (*countries.codes, *languages.codes))


def test_a_race_is_never_guessed_and_an_allergy_never_lost() -> None:
    """An unknown race is refused; an unknown allergy is kept."""
    assert not CODE_MODELS["race"].open
    assert CODE_MODELS["allergy"].open
