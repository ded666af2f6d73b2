"""When nobody is ended although somebody is missing, and that it is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rollbook.core.issues import worded
from rollbook.runs.folder import RunFolder
from rollbook.runs.models import Run
from tests.runs.whole_runs import SETTINGS, Hub, a_hub, active, northfield, without

EVERYBODY = {"P1", "P2", "P3", "P4", "P5", "P6"}
MANIFEST = [
    ["propertyName", "value"],
    ["manifest.version", "1.0"],
    ["oneroster.version", "1.2"],
    ["file.orgs", "delta"],
    ["file.users", "bulk"],
]


def told(run: Run) -> list[str]:
    """Why absence was not judged."""
    found = worded(RunFolder.of(run).issues()).iter_rows(named=True)
    return [row["message"] for row in found if row["code"] == "absence-not-judged"]


def two_nights(hub: Hub, *files: str) -> Run:
    """The district, and then the district without one student and without some files."""
    assert told(hub.carry(northfield())) == told(hub.carry(northfield()))
    return hub.carry({name: rows for name, rows in without("people", "P1").items() if name not in files})


@pytest.mark.django_db
@pytest.mark.parametrize("policy, kept", [("deactivate", EVERYBODY - {"P1"}), ("end_enrollment", EVERYBODY)])
def test_a_complete_delivery_is_judged(policy: str, kept: set[str]) -> None:
    """A full delivery with every sheet of last time ends what the policy says, and nothing is explained."""
    with a_hub({**SETTINGS, "absence": policy}) as hub:
        assert told(two_nights(hub)) == []
        assert active("user") == kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    "settings, files, reason",
    [
        ({"mode": "delta"}, (), "The integration receives only changes (mode=delta)"),
        ({}, ("memberships.csv",), "The delivery lacks the sheet memberships, which came last time"),
        (
            {"absence": "end_enrollment"},
            ("groups.csv", "memberships.csv"),
            "The delivery lacks the sheets groups, memberships, which came last time",
        ),
    ],
)
def test_absence_that_is_not_judged_is_told(settings: Mapping[str, str], files: tuple[str, ...], reason: str) -> None:
    """Where the policy would end records and the delivery proves no absence, nobody is ended and the reason is told."""
    with a_hub({**SETTINGS, **settings}) as hub:
        assert told(two_nights(hub, *files)) == [f"{reason}; nothing is ended by absence in this run."]
        assert active("user") == EVERYBODY


@pytest.mark.django_db
def test_a_delta_manifest_is_told() -> None:
    """A OneRoster manifest that says `delta` of a sheet is given as the reason."""
    org = dict.fromkeys(("sourcedId", "name"), "x") | {"type": "school"}
    sheets: dict[str, Any] = {"manifest.csv": MANIFEST, "orgs.csv": [list(org), list(org.values())]}
    with a_hub({**SETTINGS, "layout": "oneroster_12"}) as hub:
        (reason,) = told(hub.carry(sheets))
    assert reason.startswith("Only changes came in the sheet orgs;")


@pytest.mark.django_db
def test_nothing_is_told_where_nothing_would_end() -> None:
    """Where absence keeps everything, a sheet that did not come is no reason to speak of it."""
    with a_hub({**SETTINGS, "absence": "keep"}) as hub:
        assert told(two_nights(hub, "memberships.csv")) == []


@pytest.mark.django_db
def test_a_lost_column_ends_nobody() -> None:
    """A column that came last time and is gone says nothing of the records it told apart: nobody is ended."""
    with a_hub({**SETTINGS, "absence": "deactivate"}) as hub:
        hub.carry(northfield())
        sheets = without("people", "P1")
        lost = sheets["people.csv"][0].index("role")
        cut = [row[:lost] + row[lost + 1 :] for row in sheets["people.csv"]]
        run = hub.carry({**sheets, "people.csv": cut})
        assert (told(run), active("user")) == (
            [
                "The delivery lacks the column role of the sheet people, which came last time; "
                "nothing is ended by absence in this run."
            ],
            EVERYBODY,
        )
