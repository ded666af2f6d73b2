"""What stands in the journal is stored, whatever had not come to its place."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rollbook.intake.journal import SIZE, Journal, Record
from rollbook.intake.models import ReceivedFile
from tests.sftp.hubs import Hub, random_bytes, sha256
from tests.support.waiting import until

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def record(path: str, content: bytes, account: int = 1, times: tuple[int, int] | None = None) -> Record:
    row = ReceivedFile(
        account_id=account, path=path, state=ReceivedFile.State.WHOLE, client="test", began=NOW, ended=NOW
    )
    row.size, row.sha256 = len(content), sha256(content)
    return Record(row, content, times)


def held(journal: Journal) -> list[tuple[str, bytes]]:
    return [(found.row.path, found.content) for found in journal.records()]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Rows, contents and times come back as they went in."""
    journal = Journal(tmp_path / "1")
    given = [record("a.csv", b"id\n1\n", times=(1_600_000_000, 1_700_000_000)), record("Schüler/b.csv", b"")]
    assert all(map(journal.add, given))
    journal.sync()
    found = list(Journal(tmp_path / "1").records())
    assert [(one.content, one.times) for one in found] == [(one.content, one.times) for one in given]
    for name in ("upload", "path", "size", "sha256", "client", "account_id", "state", "began", "ended"):
        assert [getattr(one.row, name) for one in found] == [getattr(one.row, name) for one in given]


def test_a_record_that_is_not_whole_is_none(tmp_path: Path) -> None:
    """The power went while the last record was written: those before it count."""
    journal = Journal(tmp_path / "1")
    for name in ("a.csv", "b.csv"):
        journal.add(record(name, b"x" * 1_000))
    with (tmp_path / "1").open("r+b") as file:
        file.seek((tmp_path / "1").read_bytes().rindex(b"x"))
        file.write(b"y")
    assert held(journal) == [("a.csv", b"x" * 1_000)]


def test_what_was_emptied_does_not_come_back(tmp_path: Path) -> None:
    """A journal that is filled anew shows nothing of before, even where old records stand behind the new ones."""
    journal = Journal(tmp_path / "1")
    for name in ("a.csv", "b.csv", "c.csv"):
        journal.add(record(name, b"old"))
    journal.empty()
    assert held(journal) == []
    journal.add(record("d.csv", b"new"))
    assert held(journal) == [("d.csv", b"new")]


def test_a_full_journal_takes_no_more(tmp_path: Path) -> None:
    """It never grows, and what it took is all there."""
    journal = Journal(tmp_path / "1")
    content = random_bytes(60_000)
    count = 0
    while journal.add(record(f"{count}.csv", content)):
        count += 1
    assert count > 100
    assert (tmp_path / "1").stat().st_size == SIZE
    assert len(held(journal)) == count


def test_a_start_gives_each_record_its_file_and_its_row(hub: Hub) -> None:
    """New ones, one over a file of before, one whose account is gone; once only, however often the server starts."""
    with hub.serving(), hub.paramiko() as client, client.open("inbox/b.csv", "wb") as file:
        file.write(b"before")
    [(account,)] = hub.rows("SELECT id FROM intake_account WHERE login = 'northfield'")
    journal = Journal(hub.home / "journal" / "1")
    journal.add(record("a.csv", b"one", account, times=(1_600_000_000, 1_700_000_000)))
    journal.add(record("b.csv", b"two", account))
    journal.add(record("c.csv", b"three", 4711))
    journal.sync()
    for _ in range(2):
        with hub.serving():
            assert hub.inbox() == {"a.csv": b"one", "b.csv": b"two"}
            assert hub.files("whole") == [("a.csv", "whole", 3, sha256(b"one")), ("b.csv", "whole", 3, sha256(b"two"))]
    assert (hub.folder() / "inbox/a.csv").stat().st_mtime == 1_700_000_000
    assert [path for path, *_ in hub.files("replaced")] == ["b.csv"]


def test_what_its_sender_removed_stays_removed(hub: Hub) -> None:
    """The row says that it is gone: the journal does not bring it back."""
    with hub.serving(), hub.paramiko() as client:
        with client.open("inbox/a.csv", "wb") as file:
            file.write(b"gone")
        client.remove("inbox/a.csv")
    [(account, upload)] = hub.rows("SELECT account_id, upload FROM intake_receivedfile")
    gone = record("a.csv", b"gone", account)
    gone.row.upload = ReceivedFile._meta.get_field("upload").to_python(upload)
    journal = Journal(hub.home / "journal" / "2")
    journal.add(gone)
    with hub.serving():
        assert hub.inbox() == {}


@pytest.mark.skipif(not hasattr(os, "fdatasync"), reason="this system has no fdatasync")
def test_file_after_file_goes_by_the_journal(receiving: Hub, tmp_path: Path) -> None:
    """Whoever sends many small files has them in inbox, with rows; a farewell of the server empties the journal."""
    sent = {f"{number:03}.csv": random_bytes(number * 50) for number in range(100)}
    for name, content in sent.items():
        (tmp_path / name).write_bytes(content)
    assert receiving.openssh(f"put {tmp_path}/*.csv inbox/").returncode == 0
    assert receiving.inbox() == sent
    expected = [(name, "whole", len(content), sha256(content)) for name, content in sent.items()]
    assert until(lambda: sorted(receiving.files()) == expected)
    assert held(Journal(receiving.home / "journal" / "1")) + held(Journal(receiving.home / "journal" / "2"))
    assert receiving.process
    receiving.process.terminate()
    assert receiving.process.wait(timeout=30) == 0
    assert not held(Journal(receiving.home / "journal" / "1")) + held(Journal(receiving.home / "journal" / "2"))
