"""Servers that mean ill, or are ill: the hub keeps its files, its secrets and its roster."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh import constants
from pytest_django import Settings

from rollbook.integrations.changing import change
from rollbook.runs.models import State
from rollbook.sources.sheets_sftp import source
from rollbook.sources.sheets_sftp.server import Patience
from tests.journeys.support import Hub, found, stored_bytes
from tests.sources.sheets_sftp.schools import PASSWORD, School, SchoolFiles, carry, integrate, tried
from tests.world import NORTHFIELD

pytestmark = pytest.mark.django_db
SHEETS = {name.encode(): text.encode() for name, text in NORTHFIELD.items()}


def test_a_password_opens(hub: Hub) -> None:
    """A school with passwords is read, and nothing is ever changed there."""
    with School({**SHEETS}).serving() as school:
        run = carry(integrate(hub, school.settings()))
    assert (run.state, run.error, school.writes) == (State.APPLIED, "", [])


def test_a_password_that_is_asked_for(hub: Hub) -> None:
    """Many servers ask for the password in a dialogue."""
    with School({**SHEETS}, asks=True).serving() as school:
        assert carry(integrate(hub, school.settings())).error == ""


def test_a_wrong_password_is_tried_once(hub: Hub) -> None:
    """The run fails at once, and says what to look at: no account is locked by trying."""
    with School({**SHEETS}, password="another").serving() as school:
        run = carry(integrate(hub, school.settings()), retries=3)
    assert (run.state, "did not let the hub in" in run.error) == (State.FAILED, True)
    assert (school.attempts, PASSWORD in run.error) == ([PASSWORD], False)


def test_a_password_never_leaves_before_the_key_agrees(hub: Hub) -> None:
    """Whoever shows another host key, or a first one, is told neither user nor password."""
    with School({**SHEETS}).serving() as school:
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        integration = integrate(hub, school.settings())
        for key in (other, None):
            change(integration, {"host_key": key})
            assert carry(integration, retries=3).state == State.FAILED
            assert "host key" in tried(integration)[-1].note
    assert (school.attempts, school.reads) == ([], [])


def test_the_password_is_nowhere(hub: Hub, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """It is in no log, no message and no file, also where it is refused."""
    caplog.set_level("DEBUG")
    with School({**SHEETS}).serving() as school:
        integration = integrate(hub, school.settings())
        said = [carry(integration).error]
        school.password = "another"
        said += [carry(integration).error, repr(tried(integration)), caplog.text]
    said += [content.decode("latin-1") for _, content in stored_bytes(settings.ROLLBOOK_HOME)]
    assert [text for text in said if PASSWORD in text] == []


# Names ---------------------------------------------------------------------------------------------------

BAD = (b"../../evil.csv", b"/etc/evil.csv", b"a/b.csv", b"CON.csv", b"nul.csv", b"a\nb.csv", b"\xff\xfe.csv",
       b"x" * 300 + b".csv", b"a\x00.csv", b"a:b.csv", "a\u202eb.csv".encode(), b" a.csv")  # fmt: skip


def test_names_lead_nowhere(hub: Hub, tmp_path: Path) -> None:
    """What is no plain name of a file is left alone and told, and nothing is written beside the folder of the run."""
    with School({**SHEETS, **dict.fromkeys(BAD, b"evil")}).serving() as school:
        run = carry(integrate(hub, school.settings()))
    assert (run.state, run.error) == (State.APPLIED, "")
    assert {file["file"] for file in run.files} == set(NORTHFIELD)
    assert {path.rpartition(b"/")[2] for path in school.reads} == set(SHEETS)
    assert [path for path, content in stored_bytes(tmp_path) if content == b"evil"] == []
    ignored = [one for one in found(run) if one.code == "file-ignored"]
    assert len(ignored) == len(BAD)
    assert all(one.file.isprintable() for one in ignored)


def test_two_files_of_one_name(hub: Hub) -> None:
    """Of names that some systems take for one, the second is left alone and told."""
    first = next(iter(SHEETS))
    with School({**SHEETS, first.upper(): SHEETS[first]}).serving() as school:
        run = carry(integrate(hub, school.settings()))
    ignored = [one.file.casefold() for one in found(run) if one.code == "file-ignored"]
    assert ignored == [first.decode().casefold()]


def test_what_is_no_file_is_left_alone(hub: Hub) -> None:
    """Devices, folders, and links that lead nowhere are never opened."""
    strange: dict[bytes, bytes | int] = {
        b"zero.csv": constants.FILEXFER_TYPE_CHAR_DEVICE,
        b"folder.csv": constants.FILEXFER_TYPE_DIRECTORY,
        b"link.csv": constants.FILEXFER_TYPE_SYMLINK,
    }
    with School({**SHEETS, **strange}).serving() as school:
        assert carry(integrate(hub, school.settings())).error == ""
    assert not {b"zero.csv", b"folder.csv", b"link.csv"} & {path.rpartition(b"/")[2] for path in school.reads}


# Lists and bytes without an end ----------------------------------------------------------------------------


class Endless(SchoolFiles):
    """A folder with always one more name."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for number in itertools.count():
            yield asyncssh.SFTPName(b"%d.txt" % number, b"", self._attrs(b"a.csv"))


class Huge(SchoolFiles):
    """Files of five gigabytes."""

    def _attrs(self, name: bytes) -> asyncssh.SFTPAttrs:
        attrs = super()._attrs(name)
        attrs.size = 5 << 30
        return attrs


class Longer(SchoolFiles):
    """Files that have more bytes than the list says."""

    def content(self, name: bytes) -> bytes:
        return super().content(name) + b"more" * 1_000_000


class Shorter(SchoolFiles):
    """Files that have fewer."""

    def content(self, name: bytes) -> bytes:
        return super().content(name)[:-1]


class Gone(SchoolFiles):
    """Files that are taken away between the list and the reading."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        raise asyncssh.SFTPNoSuchFile("gone")


class Growing(SchoolFiles):
    """A file to which the school still writes while others are read."""

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        last = max(SHEETS)
        if file_obj != last:
            self.school.files[last] = SHEETS[last] + b"\n"
        return super().read(file_obj, offset, size)


class Coming(SchoolFiles):
    """A folder into which one more file is put while it is read."""

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        self.school.files[b"late.csv"] = b"late"
        return super().read(file_obj, offset, size)


@pytest.mark.parametrize(
    "files, state, said",
    [
        (Endless, State.FAILED, "holds more than 20,000 names"),
        (Huge, State.FAILED, "larger than 4,294,967,296 bytes"),
        (Longer, State.QUEUED, "has another size than"),
        (Shorter, State.QUEUED, "has another size than"),
        (Gone, State.QUEUED, "has another size than"),
        (Growing, State.QUEUED, "has another size than"),
        (Coming, State.QUEUED, "changed while they were read"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_does_not_hold_still(hub: Hub, files: type[SchoolFiles], state: State, said: str) -> None:
    """Nothing comes of files that are not as the list said, and no file of them stays with the hub."""
    with School({**SHEETS}, sftp=files).serving() as school:
        run = carry(integrate(hub, school.settings()), retries=3)
    assert (run.state, said in run.error, hub.everything()) == (state, True, {})
    assert list(run.folder.glob("fetch-*")) == []


# Silence -------------------------------------------------------------------------------------------------


class Silent(SchoolFiles):
    """A server that opens a file and says nothing more."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:  # type: ignore[override]
        await asyncio.sleep(60)
        return b""


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for more than a second."""
    monkeypatch.setattr(source, "Patience", lambda: Patience(1.0, 1.0, 1.0))


@pytest.mark.usefixtures("hurried")
def test_a_server_that_falls_silent(hub: Hub) -> None:
    """Nobody waits for ever: the run is tried again later."""
    with School({**SHEETS}, sftp=Silent).serving() as school:
        run = carry(integrate(hub, school.settings()), retries=3)
    assert (run.state, "gave no answer in time" in run.error) == (State.QUEUED, True)


@contextmanager
def saying(words: bytes) -> Iterator[int]:
    """A port that says some words to whoever comes, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        open_ones: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                open_ones.append(sock)
                sock.sendall(words)

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for sock in open_ones:
                sock.close()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 2_000, b"SSH-2.0-Odd\r\n" + b"\xff" * 9_000]
)
def test_a_port_that_is_no_sftp_server(hub: Hub, words: bytes) -> None:
    """Whatever answers there, the run says that the server cannot be reached, and is tried again later."""
    with saying(words) as port:
        settings: dict[str, Any] = School().settings() | {"port": str(port)}
        run = carry(integrate(hub, settings), retries=3)
    assert (run.state, "127.0.0.1" in run.error, PASSWORD in run.error) == (State.QUEUED, True, False)


def test_a_server_without_sftp(hub: Hub) -> None:
    """An account that may log in and has no SFTP is a matter for the school."""

    class Closed(SchoolFiles):
        def __init__(self, chan: Any, school: School) -> None:
            raise asyncssh.ChannelOpenError(constants.OPEN_ADMINISTRATIVELY_PROHIBITED, "no")

    with School({**SHEETS}, sftp=Closed).serving() as school:
        run = carry(integrate(hub, school.settings()))
    assert run.state == State.FAILED
