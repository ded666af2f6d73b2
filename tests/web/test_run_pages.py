"""The pages of one run."""

from __future__ import annotations

import io
import re
import zipfile

import polars as pl
import pytest
from django.test import Client

from rollbook.runs.folder import REJECTED, RunFolder
from rollbook.runs.models import State
from tests.web.seed import HELD, World, hex_id, history, make_run, tally
from tests.web.test_lists import page, row


def words(text: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def cards(text: str) -> list[str]:
    """What each changed record says."""
    return [words(card.split("</article>")[0]) for card in text.split('<article class="change">')[1:]]


def test_counts(world: World, ada: Client) -> None:
    """The summary counts what happens to each kind of record, with a way to each of them."""
    text = page(ada, f"/runs/{world.applied.pk}/")
    assert f'<a href="/runs/{world.applied.pk}/updated/?entity=user">32</a>' in text
    assert "Enrollments 212 0 0 36 14,646 34 3" in words(text)


def test_what_blocked_what(world: World, ada: Client) -> None:
    """The issues that kept further rows out come with their number, the worst first."""
    text = words(page(ada, f"/runs/{world.applied.pk}/"))
    assert "31 classSourcedId names class ALG2-07" in text
    assert text.index("ALG2-07") < text.index("familyName is blank")


def test_steps_are_drawn(world: World, ada: Client) -> None:
    """The seconds of each step are drawn to scale and written out."""
    text = page(ada, f"/runs/{world.applied.pk}/")
    widths = [float(w) for w in re.findall(r'<rect class="tone-\d" x="[\d.]+" y="0" width="([\d.]+)"', text)]
    assert sum(widths) == pytest.approx(1000, abs=1)
    assert "Plan 13 s" in words(text)


def test_held_run_says_why_and_what_to_do(world: World, ada: Client) -> None:
    """A held run says which limit was passed, what may be behind it and what can be done."""
    text = words(page(ada, f"/runs/{world.held.pk}/"))
    assert "38 of 204 users of Northfield High (18.6%) would be deactivated; this integration allows 10%." in text
    assert "Held for approval" in text
    assert "A short file, a missing school" in text


def test_failed_run_says_why(world: World, ada: Client) -> None:
    """A failed run says what stopped it, and offers nothing to approve."""
    text = page(ada, f"/runs/{world.failed.pk}/")
    assert "The server does not accept the key of this hub." in text
    assert "/approve/" not in text


def test_time_without_waiting(world: World, ada: Client) -> None:
    """How long a run took leaves out the days it waited for a person."""
    run = make_run(world.nightly, State.APPLIED, took=200_000, seconds={"read": 2.5, "apply": 10.5})
    assert "Took 13 s" in words(page(ada, f"/runs/{run.pk}/"))


def test_same_files_again(world: World, ada: Client) -> None:
    """A run that met the same files again says which run they are from."""
    again = make_run(world.nightly, State.APPLIED, basis={"same_as": world.applied.pk})
    assert f"The same files as in run {world.applied.pk}" in words(page(ada, f"/runs/{again.pk}/"))


def test_run_without_files(world: World, ada: Client) -> None:
    """Every page of a run that kept no files says that there is nothing, instead of failing."""
    run = history(world.nightly, 90)
    run.folder.rmdir()
    said = [words(page(ada, f"/runs/{run.pk}/{tab}/")) for tab in ("issues", "new", "updated", "deactivated", "files")]
    wanted = ["No issues", "Nothing new", "Nothing updated", "Nobody and nothing ended", "No files"]
    assert [want in text for want, text in zip(wanted, said, strict=True)] == [True] * 5


def test_issues_by_code(world: World, ada: Client) -> None:
    """Issues are grouped, the worst first, with number, effects and what to do."""
    text = page(ada, f"/runs/{world.applied.pk}/issues/")
    assert "Warning 128 0 Write dates as YYYY-MM-DD" in row(text, "Not a date")
    assert text.index("Unknown reference") < text.index("Not a date") < text.index("Not UTF-8")


def test_issues_of_one_code(world: World, ada: Client) -> None:
    """The issues of one kind say file, line, field and value, fifty on a page."""
    text = words(page(ada, f"/runs/{world.applied.pk}/issues/bad-date/?page=3"))
    assert "101–128 of 128" in text
    assert "users.csv 129 birthDate 31/02/2039 birthDate: “31/02/2039” is not a date" in text


def test_no_such_issue(world: World, ada: Client) -> None:
    """A kind of issue that the run does not have is not found."""
    assert ada.get(f"/runs/{world.applied.pk}/issues/bad-url/").status_code == 404


def test_restricted_value_of_an_issue(world: World, ada: Client) -> None:
    """The value of a restricted field is hidden in the issues, in its own cell and in the sentence."""
    text = words(page(ada, f"/runs/{world.applied.pk}/issues/duplicate-differs/"))
    assert "meal_status ••• Rows with one id differ in meal_status (lines 3 and 9); the value “•••” was taken." in text
    assert "free" not in text


def test_rows_that_were_not_taken(world: World, ada: Client) -> None:
    """Each rejected row is listed with its line and why; one that fell because of another says because of which."""
    rows = [
        {"sheet": "users", "file": "users.csv", "line": 918, "codes": "required-blank"},
        {"sheet": "enrollments", "file": "enrollments.csv", "line": 12, "codes": "reference-not-found",
         "reference": "class ALG2-07", "cause_file": "enrollments.csv", "cause_line": 8_114},
    ]  # fmt: skip
    RunFolder.of(world.applied).save_rejected(pl.DataFrame(rows, schema=REJECTED))
    text = words(page(ada, f"/runs/{world.applied.pk}/errors/"))
    assert "users.csv users 918 familyName is blank" in text
    assert "12 It needs class ALG2-07. See enrollments.csv line 8114: classSourcedId names class ALG2-07" in text


def test_what_stays_as_it_is(world: World, ada: Client) -> None:
    """What came as the roster has it is counted for each kind of record."""
    assert "Users 2,410 0" in words(page(ada, f"/runs/{world.applied.pk}/unchanged/"))


def test_updates_field_by_field(world: World, ada: Client) -> None:
    """An update shows the changed fields only: old and new, lists and schools as people read them."""
    first = cards(page(ada, f"/runs/{world.applied.pk}/updated/"))[0]
    values = first.split("New ", 1)[1]
    assert values == (
        "Preferred given name Benny blank Primary org Lakeside Middle Northfield High Grades 08 09 "
        "Email ben@old.example b.okafor@northfield.example Meal status ••• •••"
    )


def test_where_a_change_comes_from(world: World, ada: Client) -> None:
    """A change names the record's key, school, file and line."""
    second = cards(page(ada, f"/runs/{world.applied.pk}/updated/"))[1]
    assert "S100401 · Northfield High · users.csv, line 203" in second


def test_updates_are_paged(world: World, ada: Client) -> None:
    """Updates come twenty-five on a page; those who are back again are among them."""
    last = page(ada, f"/runs/{world.applied.pk}/updated/?page=2")
    assert len(cards(last)) == 34 - 25
    assert "Back again" in cards(last)[-1]


def test_new_records(world: World, ada: Client) -> None:
    """A new record shows what is known of it, without restricted values."""
    text = words(page(ada, f"/runs/{world.applied.pk}/new/?entity=user"))
    assert "Ben Okafor S100200 Northfield High users.csv, line 2 6 values" in text
    assert "Enabled user Yes" in text
    assert "4711" not in text


def test_record_that_ties_others_together(world: World, ada: Client) -> None:
    """An enrollment is named after the person and the class; what nobody has a name for goes by its id."""
    text = words(page(ada, f"/runs/{world.applied.pk}/new/?entity=enrollment"))
    assert f"{hex_id('algebra')} · Ben Okafor · student E1" in text


def test_name_that_says_too_much(world: World, ada: Client) -> None:
    """A health alert is listed without its name, key and values."""
    text = page(ada, f"/runs/{world.applied.pk}/new/?entity=health_alert")
    assert "peanut" not in text
    assert "••• stands for a value that is not shown" in text


def test_deactivated_records(world: World, ada: Client) -> None:
    """Those who end are listed by name."""
    text = page(ada, f"/runs/{world.held.pk}/deactivated/")
    assert text.count('<th scope="row">') == 38


@pytest.mark.parametrize("entity", ["group", "nonsense", "../../user"])
def test_changes_of_no_entity(world: World, ada: Client, entity: str) -> None:
    """Changes that the plan does not have are not found."""
    assert ada.get(f"/runs/{world.applied.pk}/new/", {"entity": entity}).status_code == 404


def test_files(world: World, ada: Client) -> None:
    """The files are listed with sheet, rows, size, encoding and digest; an unread one says so."""
    text = words(page(ada, f"/runs/{world.applied.pk}/files/"))
    assert "enrollments.csv enrollments 14,931 1.9 MB windows-1252" in text.replace("\xa0", " ")
    assert "notes.txt not read" in text


def test_log(world: World, ada: Client) -> None:
    """The log says how long each step took."""
    assert "Read 3.81 8 %" in words(page(ada, f"/runs/{world.applied.pk}/log/"))


def test_excel_report(world: World, ada: Client) -> None:
    """The Excel report is downloaded under a name that says what it is."""
    response = ada.get(f"/runs/{world.applied.pk}/report.xlsx")
    assert response.getvalue() == RunFolder.of(world.applied).excel.read_bytes()
    name = f"northfield-nightly-live-2026-11-20-0215-run-{world.applied.pk}.xlsx"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_error_rows(world: World, ada: Client) -> None:
    """The error rows come as one zip, each file in the layout it was sent in."""
    response = ada.get(f"/runs/{world.applied.pk}/error-rows.zip")
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        assert archive.read("users.csv") == b"sourcedId,familyName\nS1,\n"


def test_nothing_to_download(world: World, ada: Client) -> None:
    """A run without reports offers none and has none."""
    at = f"/runs/{world.failed.pk}/"
    assert "report.xlsx" not in page(ada, at)
    assert [ada.get(at + name).status_code for name in ("report.xlsx", "error-rows.zip")] == [404, 404]


def test_reading_a_page_reads_little(world: World) -> None:
    """A page of a plan is read from its file by itself; the rest of the plan is left alone."""
    plan = RunFolder.of(world.applied).plan("user")
    assert "SLICE" in plan.slice(50, 50).explain()


def test_changed_ids(world: World, ada: Client) -> None:
    """A plan in which people come back under new ids says so, and what approving would mean."""
    held = [{**HELD, "action": "changed_ids", "scope": ""}]
    run = make_run(world.nightly, State.HELD, held=held, counts={"user": tally(create=38)})
    text = words(page(ada, f"/runs/{run.pk}/"))
    assert "their ids seem to have changed" in text
    assert "Approving ends the old records and makes new ones." in text
