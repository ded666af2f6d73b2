"""What an account may send over HTTPS, who may ask at all, and what becomes of a delivery."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from rollbook.accounts.models import Tenant
from rollbook.api import limits
from rollbook.intake import accounts, deliveries, recovery, resumable, store, tokens, watch
from rollbook.intake.models import Account, Attempt, ReceivedFile, ResumableUpload
from rollbook.integrations.models import Integration
from rollbook.runs import carrying
from simulators.district import build
from simulators.sheets import make_sheets

pytestmark = pytest.mark.django_db
STRANGE = "rbu_" + "x" * 43


class Sender:
    """A program that has a token, and speaks to the hub without a network between them."""

    def __init__(self, login: str) -> None:
        tenant = Tenant.objects.create(slug=login, name=login.title())
        integration = Integration.objects.create(
            tenant=tenant, name="Nightly", source="sheets", settings={"layout": "oneroster_12"}
        )
        self.account: Account = accounts.add(integration, login)[0]
        self.token, self.text = tokens.make(self.account, "tests")

    def ask(self, method: str, path: str, body: bytes = b"", *, text: str = "", **headers: str) -> Any:
        """An answer."""
        own = {"Authorization": f"Bearer {text or self.text}"}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        kind = own.pop("Content-Type", "application/octet-stream")
        return Client(headers=own).generic(method, f"/api/v1/{path}", body, content_type=kind)

    def send(self, path: str, body: bytes) -> Any:
        """A file in one request."""
        return self.ask("POST", f"files/{path}", body)

    def begin(self, path: str, length: int, body: bytes = b"") -> Any:
        """An upload by tus."""
        name = base64.b64encode(path.encode()).decode()
        headers = {"Tus_Resumable": "1.0.0", "Upload_Length": str(length), "Upload_Metadata": f"filename {name}"}
        if body:
            headers["Content_Type"] = "application/offset+octet-stream"
        return self.ask("POST", "uploads/", body, **headers)

    @property
    def inbox(self) -> dict[str, bytes]:
        """What lies in its inbox."""
        root = store.folder_of(self.account).inbox
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    @property
    def upload(self) -> ResumableUpload:
        """What it began last."""
        return ResumableUpload.objects.latest("pk")


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.ROLLBOOK_HOME = tmp_path
    return tmp_path


@pytest.fixture
def north() -> Sender:
    return Sender("northfield")


@pytest.fixture
def south() -> Sender:
    return Sender("southport")


def error(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


# What may be sent -------------------------------------------------------------------------------------------


def test_what_lies_in_the_inbox_is_listed(north: Sender, south: Sender) -> None:
    """Whole files with their checksums, and what is on its way; of the own account only."""
    north.send("a.csv", b"1")
    south.send("b.csv", b"2")
    north.begin("c.csv", 10, b"123")
    listed = north.ask("GET", "files").json()["files"]
    assert [(file["path"], file["size"], file["state"], bool(file["received"])) for file in listed] == [
        ("a.csv", 1, "whole", True),
        ("c.csv", 10, "receiving", False),
    ]


@pytest.mark.parametrize(
    "path, says",
    [
        ("../escape.csv", "begins or ends with a blank, or ends with a dot"),
        ("/etc/passwd", "The name is empty"),
        ("a//b.csv", "The name is empty"),
        ("NUL.csv", "device"),
        ("a\\b.csv", "not every system takes"),
        ("a\u200bb.csv", "cannot be seen"),
        ("x" * 300, "too long"),
        ("/".join("a" * 12), "too long"),
        ("photos/ada.csv", "This folder was not agreed"),
        (".hidden", "for the time being"),
        ("students.csv.filepart", "for the time being"),
    ],
)
def test_names_are_those_of_sftp(north: Sender, path: str, says: str) -> None:
    """A name that is not safe, or was not agreed, is refused with the same sentence, whichever way it comes."""
    refused = north.begin(path, 1)
    assert error(refused) == (422, "bad-name")
    assert says in refused.json()["error"]["message"]
    assert not ReceivedFile.objects.exists()


def test_folders_and_patterns_are_those_of_the_account(north: Sender) -> None:
    """What was agreed for SFTP holds here: folders are made as needed, other names are refused."""
    accounts.change(north.account, folders=["archive/*"], patterns=["*.csv"])
    assert north.send("archive/2026/a.csv", b"1").status_code == 201
    assert north.inbox == {"archive/2026/a.csv": b"1"}
    for path in ("archive/a.txt", "other/a.csv", "archive/2026"):
        assert error(north.send(path, b"1")) == (422, "bad-name")


def test_the_marker_is_always_taken(north: Sender) -> None:
    """The file that ends a delivery need not fit the patterns of its data."""
    accounts.change(north.account, patterns=["*.csv"], marker="_done")
    assert north.send("_done", b"").status_code == 201
    assert error(north.send("archive/_done", b"")) == (422, "bad-name")


def test_the_quota_counts_what_is_announced(north: Sender) -> None:
    """Files on their way count with all their length; what does not fit is refused before its first byte."""
    accounts.change(north.account, quota_bytes=1000, largest_file=800, quota_files=3)
    assert error(north.begin("a.csv", 801)) == (413, "file-too-large")
    assert error(north.send("a.csv", b"x" * 801)) == (413, "file-too-large")
    north.begin("a.csv", 600)
    refused = north.begin("b.csv", 401)
    assert error(refused) == (413, "folder-full")
    assert "Your folder is full: it holds 1.0 kB." in refused.json()["error"]["message"]
    assert north.begin("a.csv", 700).status_code == 201, "the same file begun anew takes its own place"
    for name in ("b.csv", "c.csv"):
        assert north.send(name, b"1").status_code == 201
    assert error(north.send("d.csv", b"1")) == (413, "folder-full")


def test_a_file_that_is_begun_anew_ends_the_upload_of_before(north: Sender) -> None:
    """A sender that has lost the address of its upload begins again; what came of the first is removed."""
    first = north.begin("a.csv", 10, b"1234").headers["Location"].removeprefix("/api/v1/")
    assert north.begin("a.csv", 5, b"abcde").status_code == 201
    assert north.ask("HEAD", first, Tus_Resumable="1.0.0").status_code == 410
    assert north.inbox == {"a.csv": b"abcde"}
    assert list(store.folder_of(north.account).uploads.iterdir()) == []


def test_half_an_upload_expires(north: Sender) -> None:
    """For a day its sender may go on and no delivery is taken; then it is given up, and its room is free."""
    location = north.begin("a.csv", 10, b"1234").headers["Location"].removeprefix("/api/v1/")
    resumable.look(timezone.now() + timedelta(hours=23))
    assert store.has_open_files(north.account)
    resumable.look(timezone.now() + timedelta(hours=25))
    assert not store.has_open_files(north.account)
    assert store.held(north.account) == (0, 0)
    assert list(store.folder_of(north.account).uploads.iterdir()) == []
    assert north.ask("HEAD", location, Tus_Resumable="1.0.0").status_code == 410
    resumable.look(timezone.now() + timedelta(days=9))
    assert north.ask("HEAD", location, Tus_Resumable="1.0.0").status_code == 404


def test_a_server_that_died_before_the_move_is_made_up_for(north: Sender) -> None:
    """A file that was entered and not moved is moved by the next look, or when its sender asks."""
    for name, asked in (("a.csv", True), ("b.csv", False)):
        location = north.begin(name, 4, b"1234").headers["Location"].removeprefix("/api/v1/")
        upload = north.upload
        folder = store.folder_of(north.account)
        (folder.inbox / name).rename(folder.uploads / str(upload.file.upload))
        ResumableUpload.objects.filter(pk=upload.pk).update(due=timezone.now() + timedelta(seconds=15))
        if asked:
            assert north.ask("HEAD", location, Tus_Resumable="1.0.0").headers["Upload-Offset"] == "4"
        else:
            resumable.look(timezone.now() + timedelta(minutes=1))
        assert north.inbox[name] == b"1234"


def test_what_came_by_sftp_is_replaced(north: Sender) -> None:
    """A file that broke off over SFTP and comes over HTTPS is whole, and nothing waits for its part any more."""
    folder, now = store.prepare(north.account), timezone.now()
    (folder.parts / "a.csv").write_bytes(b"12")
    row = ReceivedFile(
        account=north.account, path="a.csv", state=ReceivedFile.State.PARTIAL, size=2, began=now, ended=now
    )
    store.enter(row)
    assert north.send("a.csv", b"1234").status_code == 201
    assert not store.has_open_files(north.account)
    assert list(folder.parts.iterdir()) == []


def test_a_server_for_sftp_that_starts_leaves_uploads_alone(north: Sender) -> None:
    """What it brings together again are its own parts: an upload over HTTPS goes on."""
    location = north.begin("a.csv", 4, b"12").headers["Location"].removeprefix("/api/v1/")
    recovery.recover(north.account)
    headers = {"Tus_Resumable": "1.0.0", "Upload_Offset": "2", "Content_Type": "application/offset+octet-stream"}
    assert north.ask("PATCH", location, b"34", **headers).status_code == 204
    assert north.inbox == {"a.csv": b"1234"}


def test_what_was_sent_by_sftp_meanwhile_ends_an_upload(north: Sender) -> None:
    """Of two that send the same file the later one counts, whichever way it comes."""
    location = north.begin("a.csv", 4, b"12").headers["Location"].removeprefix("/api/v1/")
    draft = store.prepare(north.account).root / "draft"
    draft.write_bytes(b"another")
    store.accept(north.account, "a.csv", draft, client="test")
    headers = {"Tus_Resumable": "1.0.0", "Upload_Offset": "2", "Content_Type": "application/offset+octet-stream"}
    assert error(north.ask("PATCH", location, b"34", **headers)) == (410, "gone")
    assert north.inbox == {"a.csv": b"another"}


def test_a_move_that_came_too_late_is_left_out(north: Sender) -> None:
    """What a server that died had still to move does not take the place of what came since."""
    location = north.begin("a.csv", 4, b"1234").headers["Location"].removeprefix("/api/v1/")
    folder = store.folder_of(north.account)
    (folder.inbox / "a.csv").rename(folder.uploads / str(north.upload.file.upload))
    assert north.send("a.csv", b"later").status_code == 201
    assert north.ask("HEAD", location, Tus_Resumable="1.0.0").status_code == 200
    assert north.inbox == {"a.csv": b"later"}
    assert list(folder.uploads.iterdir()) == []


# Who may ask ------------------------------------------------------------------------------------------------

ADDRESSES = (
    "hello",
    "rules",
    "files",
    "files/a.csv",
    "uploads/",
    "deliveries",
    "deliveries/latest",
    "deliveries/1",
    "x",
)


def test_a_stranger_learns_nothing(north: Sender, settings: Settings) -> None:
    """Without a token, or with a wrong one, every address says the same."""
    settings.SFTP_WATCH = False
    for path in ADDRESSES:
        for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS"):
            for answer in (north.ask(method, path, text=STRANGE), Client().generic(method, f"/api/v1/{path}")):
                assert error(answer) == (401, "unauthorized")
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert not answer.cookies
                assert "Access-Control-Allow-Origin" not in answer.headers
    assert north.inbox == {}


def test_what_is_not_there_is_404(north: Sender) -> None:
    """An address that nobody made says so in JSON, and another method which ones there are."""
    assert error(north.ask("GET", "nothing/here")) == (404, "not-found")
    refused = north.ask("DELETE", "files")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("days", [0, 3651])
def test_a_token_holds_for_some_days(north: Sender, days: int) -> None:
    """Until it expires, and no number of days that is none is taken."""
    with pytest.raises(Exception, match="Nothing was made"):
        tokens.make(north.account, "x", days=days)
    token, text = tokens.make(north.account, "x", days=1)
    assert north.ask("GET", "files", text=text).status_code == 200
    token.expires = timezone.now() - timedelta(seconds=1)
    token.save()
    assert error(north.ask("GET", "files", text=text)) == (401, "unauthorized")


def test_only_the_hash_of_a_token_is_kept(north: Sender) -> None:
    """Whoever reads the database finds no token in it."""
    assert north.text not in str(list(type(north.token).objects.values()))
    assert len(north.text) == 47


def test_a_revoked_token_opens_nothing(north: Sender, south: Sender) -> None:
    """From the moment it is taken back, without a point in the watch; the tokens of others still hold."""
    tokens.revoke(north.token)
    assert error(north.ask("GET", "files")) == (401, "unauthorized")
    assert south.ask("GET", "files").status_code == 200
    assert not Attempt.objects.exists()


def test_an_account_that_is_off_opens_nothing(north: Sender) -> None:
    """An upload that was begun before does not go on either."""
    location = north.begin("a.csv", 4, b"12").headers["Location"].removeprefix("/api/v1/")
    accounts.switch(north.account, on=False)
    assert north.ask("HEAD", location, Tus_Resumable="1.0.0").status_code == 401


def test_a_token_is_only_taken_from_the_networks_of_its_account(north: Sender) -> None:
    """As a password is."""
    accounts.change(north.account, networks=["203.0.113.0/24"])
    assert error(north.ask("GET", "files")) == (401, "unauthorized")
    assert list(Attempt.objects.values_list("reason", "login")) == [("wrong-network", "northfield")]


def test_who_guesses_tokens_is_not_answered_any_more(north: Sender) -> None:
    """Wrong tokens count as wrong passwords do; then the right one is refused too, until the ban is lifted."""
    for _ in range(5):
        assert error(north.ask("GET", "files", text=STRANGE)) == (401, "unauthorized")
    assert error(north.ask("GET", "files")) == (429, "banned")
    watch.lift("127.0.0.1")
    assert north.ask("GET", "files").status_code == 200


def test_a_proxy_that_nobody_told_of_is_not_banned(north: Sender) -> None:
    """Behind it everybody has one address; nobody is kept out for what another does."""
    for _ in range(6):
        north.ask("GET", "files", text=STRANGE, X_Forwarded_For="203.0.113.9")
    assert north.ask("GET", "files").status_code == 200


@pytest.mark.parametrize(
    "proxies, forwarded, address, status",
    [(1, "http", "10.0.0.1", 403), (1, "https", "10.0.0.1", 200), (0, "", "10.0.0.1", 403), (0, "", "127.0.0.1", 200)],
)
def test_plain_http_from_elsewhere_is_refused(
    north: Sender, settings: Settings, proxies: int, forwarded: str, address: str, status: int
) -> None:
    """Where the hub is said to be reached by HTTPS, a token that everybody on the way could read is not taken."""
    settings.SESSION_COOKIE_SECURE, settings.TRUSTED_PROXIES = True, proxies
    headers = {"Authorization": f"Bearer {north.text}"} | ({"X-Forwarded-Proto": forwarded} if forwarded else {})
    assert Client(headers=headers, REMOTE_ADDR=address).get("/api/v1/files").status_code == status


def test_a_token_may_ask_so_often() -> None:
    """A burst passes, then so many a second; each token for itself."""
    now = [0.0]
    rate = limits.Rate(2, 3, clock=lambda: now[0])
    assert [rate.lets(1) for _ in range(5)] == [True, True, True, False, False]
    assert rate.lets(2)
    now[0] = 1.0
    assert [rate.lets(1) for _ in range(3)] == [True, True, False]


def test_one_account_takes_no_more_than_its_places() -> None:
    """Slow senders leave room for others, and for the pages."""
    places = limits.Places(3, 2)
    with places.one(1), places.one(1):
        with pytest.raises(Exception, match="Too many files"), places.one(1):
            pass
        with places.one(2), pytest.raises(Exception, match="Too many files"), places.one(3):
            pass
    with places.one(1):
        pass


# Deliveries -------------------------------------------------------------------------------------------------


def test_that_was_all(north: Sender, south: Sender) -> None:
    """A sender ends its delivery at once, and reads what became of it, and its receipt."""
    assert error(north.ask("POST", "deliveries")) == (409, "not-now")
    assert error(north.ask("GET", "deliveries/latest")) == (404, "not-found")
    for sheet in make_sheets(build(12), "oneroster_12"):
        assert north.send(sheet.name, sheet.content()).status_code == 201
    location = north.begin("more.csv", 10, b"1234").headers["Location"].removeprefix("/api/v1/")
    assert error(north.ask("POST", "deliveries")) == (409, "not-now"), "a file is on its way"
    assert north.ask("DELETE", location, Tus_Resumable="1.0.0").status_code == 204
    made = north.ask("POST", "deliveries")
    assert (made.status_code, made.json()["state"]) == (202, "waiting")
    assert north.ask("GET", "deliveries/latest").json()["result"] == ""
    deliveries.look()
    delivery = north.account.deliveries.get()
    assert delivery.run
    carrying.carry(delivery.run)
    deliveries.look()
    told = north.ask("GET", f"deliveries/{made.json()['delivery']}").json()
    assert (told["result"], told["missing"], told["error"]) == ("ACCEPTED", [], "")
    assert "Result: ACCEPTED" in told["receipt"]
    assert told == north.ask("GET", "deliveries/latest").json()
    assert error(south.ask("GET", f"deliveries/{told['delivery']}")) == (404, "not-found")


def test_who_hears_the_result_hears_the_receipt(north: Sender) -> None:
    """A result comes with its receipt, also in the moment before that lies in the outbox."""
    for sheet in make_sheets(build(12), "oneroster_12"):
        north.send(sheet.name, sheet.content())
    north.ask("POST", "deliveries")
    delivery = north.account.deliveries.get()
    delivery.state, delivery.error = delivery.State.REFUSED, "The files cannot be read."
    delivery.save()
    told = north.ask("GET", "deliveries/latest").json()
    assert (told["result"], delivery.receipt) == ("REFUSED", "")
    assert "Result: REFUSED: nothing was changed\nThe files cannot be read." in told["receipt"]


def test_what_is_missing_is_told(north: Sender) -> None:
    """A delivery that its sender ended too early waits for what is missing, and says what that is."""
    for sheet in make_sheets(build(12), "oneroster_12"):
        if sheet.name != "users.csv":
            north.send(sheet.name, sheet.content())
    assert north.ask("POST", "deliveries").json()["state"] == "incomplete"
    told = north.ask("GET", "deliveries/latest").json()
    assert (told["result"], told["missing"]) == ("INCOMPLETE", ["users"])
