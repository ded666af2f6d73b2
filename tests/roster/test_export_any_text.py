"""What people are called, in whatever signs, comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rollbook.runs.models import Mode
from tests.roster.hubs import Table, canonical, exported, integration, moves, take, write_table

pytestmark = pytest.mark.django_db

FEW = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
AWKWARD = st.sampled_from(
    [
        '"',
        ",",
        ";",
        "'",
        "\\",
        "\\N",
        "=1+1",
        "@x",
        "{a:b}",
        "|",
        "\ufeff",
        "\u202e",
        "e\u0301",
        "\u0644\u0627",
        "👩‍👧",
        "NULL",
        "\u00a0x",
    ]
)
LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
TEXT = st.lists(st.one_of(AWKWARD, LETTERS), max_size=4).map("".join)
LINES = st.lists(st.one_of(TEXT, st.sampled_from(["\n", "\r\n", "\t"])), max_size=4).map("".join)
PERSON = st.fixed_dictionaries(
    dict.fromkeys(("first_name", "last_name", "middle_name", "title", "username", "identifier", "address_city"), TEXT)
    | {"notes": LINES, "biography": LINES, "x_nick": TEXT, "x_'\"": TEXT, "flags": TEXT}
    | {
        "role": st.sampled_from(["student", "teacher", "staff", "contact", ""]),
        "org_id": st.sampled_from(["S1", "S2;S1", ""]),
    }
    | {"user_ids": st.sampled_from(["", "{LDAP:a}", "{LDAP:N\\a},{Fed:b c}", '{a:x"y}', "{a:b:c}", "{urn:x:y}"])}
)
ORGS: Table = [
    {"org_id": "S1", "name": 'North, "High"', "type": "school", "x_colour": "blue; green"},
    {"org_id": "S2", "name": "=South", "type": "school", "x_colour": ""},
]


def comes_back(people: Table, home: Path) -> None:
    """The same people are in a hub that reads the export, and the hub they came from has nothing to do."""
    sis, other = integration("sis", layout="hub_v1"), integration("other")
    write_table(home / "in" / "orgs.csv", ORGS)
    write_table(home / "in" / "people.csv", [{"person_id": str(n), **person} for n, person in enumerate(people)])
    take(sis, home / "in")
    exported(sis, "hub_v1", home / "out")
    assert moves(take(sis, home / "out", Mode.TEST)) == {}
    take(other, home / "out")
    assert canonical(other.tenant) == canonical(sis.tenant)


@FEW
@given(st.lists(PERSON, min_size=1, max_size=25))
def test_any_text_comes_back(people: Table) -> None:
    """Quotes, commas, line breaks, combining marks, both directions of writing, signs of other formats."""
    with TemporaryDirectory() as home, transaction.atomic():
        comes_back(people, Path(home))
        transaction.set_rollback(True)


def test_naughty_strings_come_back(shared_data: Path, tmp_path: Path) -> None:
    """The big list of naughty strings, each as a name, a note and a further field."""
    strings = json.loads((shared_data / "naughty-strings" / "blns.json").read_text("utf-8"))
    people = [
        {"role": "student", "org_id": "S1", "first_name": "Ada", "last_name": text[:255], "notes": text, "x_said": text}
        for text in strings
        if "\0" not in text
    ]
    comes_back(people, tmp_path)


def test_further_columns_are_kept_as_json(tmp_path: Path) -> None:
    """A header with quotes makes no broken JSON, and a cell of blanks or control characters is no value."""
    write_table(tmp_path / "orgs.csv", [{"org_id": "S1", "name": "North", "type": "school"}])
    person = {"person_id": "1", "role": "student", "org_id": "S1", "first_name": "Ada", "last_name": "Roe"}
    write_table(
        tmp_path / "people.csv", [person | {'x_"\\': '"a"', "x_blank": " ", "x_bell": "\x01\x02", "x_none": ""}]
    )
    sis = integration(layout="hub_v1")
    take(sis, tmp_path)
    assert json.loads(canonical(sis.tenant)["user"]["1"]["custom"]) == {'x_"\\': '"a"'}
