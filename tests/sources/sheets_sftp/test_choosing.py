"""Which of the files in a folder are one delivery."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.core.errors import ContractBroken, SettingsError
from rollbook.sources.sheets_sftp.choosing import Rules, choose
from rollbook.sources.sheets_sftp.hostkeys import families, pins
from rollbook.sources.sheets_sftp.server import Entry, Kind
from rollbook.sources.sheets_sftp.stamps import stamped


def entries(*names: str, **modified: int) -> list[Entry]:
    return [Entry(name.encode(), Kind.FILE, 1, modified.get(name.partition(".")[0], 0)) for name in names]


def chosen(*names: str, rules: Rules | None = None, **modified: int) -> set[str]:
    return set(choose(entries(*names, **modified), rules or Rules()).files)


@pytest.mark.parametrize(
    "name, rest, stamp",
    [
        ("students_20261122.csv", "students.csv", "20261122000000"),
        ("students-2026-11-22.csv", "students.csv", "20261122000000"),
        ("students_20261122_0615.csv", "students.csv", "20261122061500"),
        ("20261122T061530 students.csv", " students.csv", "20261122061530"),
        ("202611220615students.csv", "students.csv", "20261122061500"),
        ("Staff 11-22-2026.txt", "Staff.txt", "20261122000000"),
        ("staff_11222026.txt", "staff.txt", "20261122000000"),
        ("2026.11.22.csv", ".csv", "20261122000000"),
        ("students.csv", "students.csv", ""),
        ("students_2026.csv", "students_2026.csv", ""),
        ("id_9920261122.csv", "id_9920261122.csv", ""),
        ("students_20261322.csv", "students_20261322.csv", ""),
    ],
)
def test_dates_in_names(name: str, rest: str, stamp: str) -> None:
    """Dates are known by their form, and numbers that only look alike are none."""
    assert stamped(name) == (rest, stamp)


@given(st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-12-31")))
def test_every_date_is_read(moment: datetime) -> None:
    """Whatever the day and time, the stamp is that of the name."""
    text = f"{moment:%Y%m%d%H%M%S}"
    assert stamped(f"students_{text}.csv") == ("students.csv", text)


def test_of_each_sheet_the_newest_is_read() -> None:
    """Sheets are told apart by their names without the date; one that was written less often is read too."""
    names = ("students_20261121.csv", "students_20261122.csv", "staff_20261101.csv", "orgs.csv")
    assert chosen(*names) == {"students_20261122.csv", "staff_20261101.csv", "orgs.csv"}


def test_a_date_in_the_name_counts_more_than_the_time_of_change() -> None:
    """An old file that was copied anew is still the old one."""
    assert chosen("s_20261121.csv", "s_20261122.csv", s_20261121=900, s_20261122=100) == {"s_20261122.csv"}


def test_an_archive_beside_the_live_file() -> None:
    """Where not every name has a date, the file that was changed last is the live one."""
    assert chosen("s.csv", "s_20261121.csv", s=900, s_20261121=100) == {"s.csv"}


def test_all_dates_are_read_where_it_is_wished() -> None:
    """Whoever sends a file a day with that day's changes switches it off."""
    names = ("s_20261121.csv", "s_20261122.csv")
    assert chosen(*names, rules=Rules(newest=False)) == set(names)


def test_patterns() -> None:
    """Case does not matter, drafts never fit, and without patterns every kind of sheet does."""
    names = ("Students.CSV", "staff.txt", "notes.doc", "a.csv.filepart", ".hidden.csv", "b.tmp", "c.csv~", "d.xlsx")
    assert chosen(*names) == {"Students.CSV", "staff.txt", "d.xlsx"}
    assert chosen(*names, rules=Rules(("student*.csv", "*.doc", "*.filepart"))) == {"Students.CSV", "notes.doc"}


def test_a_marker_is_read_only_when_it_is_a_manifest() -> None:
    """A marker says that the others are finished; the manifest of OneRoster says more than that."""
    assert chosen("a.csv", "done.csv", rules=Rules(marker="done*")) == {"a.csv"}
    assert chosen("a.csv", "manifest.csv", rules=Rules(marker="manifest.csv")) == {"a.csv", "manifest.csv"}


def test_too_many_files() -> None:
    """A folder of thousands of sheets is another folder than was meant."""
    with pytest.raises(ContractBroken, match="more than 500"):
        chosen(*(f"{number}.csv" for number in range(501)))


# Host keys -----------------------------------------------------------------------------------------------

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
PRINT = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


@pytest.mark.parametrize(
    "line",
    [
        f"ssh-ed25519 {KEY}",
        f"ssh-ed25519 {KEY} somebody@somewhere",
        f"sftp.district.example ssh-ed25519 {KEY}",
        PRINT,
        f"{PRINT}=",
        f"ssh-ed25519 {PRINT}.",
        f"256 {PRINT} sftp.district.example (ED25519)",
        f"ssh-ed25519 255 {PRINT.removeprefix('SHA256:')}=",
        f"# the school's\n{PRINT}\n\n",
    ],
)
def test_a_host_key_in_every_form(line: str) -> None:
    """As OpenSSH, WinSCP, PuTTY and known_hosts write it."""
    assert [pin.fingerprint for pin in pins(line)] == [PRINT]


@pytest.mark.parametrize(
    "line, said",
    [
        ("MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", "MD5"),
        ("16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", "MD5"),
        ("SHA256:short", "neither a fingerprint"),
        ("ssh-ed25519", "neither a fingerprint"),
        (f"ssh-ed25519 {KEY[:-3]}", "not whole"),
    ],
)
def test_what_is_no_host_key(line: str, said: str) -> None:
    """A mistake is said instead of leaving the server unknown."""
    with pytest.raises(SettingsError, match=said):
        pins(line)


def test_only_the_kinds_that_are_known_are_asked_for() -> None:
    """A server proves one key at a time, so it is asked for the kinds that could be the one."""
    assert families(pins(f"ssh-ed25519 {KEY}")) == [("ssh-ed25519",)]
    assert len(families(pins(PRINT))) == 3
    assert len(families(pins(f"{PRINT}\nssh-ed25519 {KEY}"))) == 3
