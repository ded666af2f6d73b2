"""Files in one request, by curl, as a person without a program would send them; and the utility's hello."""

from __future__ import annotations

import json

import pytest

from tests.api.hubs import Hub, error, said, sha256
from tests.support.senders import NORTH


def test_curl_sends_a_file(shared: Hub) -> None:
    """One request stores a file; the answer has its checksum."""
    (shared.home / "students.csv").write_bytes(b"id,name\n1,Ada\n")
    digest = sha256(b"id,name\n1,Ada\n")
    options = ["--data-binary", "@students.csv", "-H", f"Content-SHA256: {digest}"]
    done = shared.curl(*options, shared.url("files/students.csv"))
    assert said(done) == (201, {"path": "students.csv", "size": 14, "sha256": digest})
    assert shared.inbox()["students.csv"] == b"id,name\n1,Ada\n"


def test_curl_sends_what_comes_out_of_a_pipe(shared: Hub) -> None:
    """A body whose length nobody knows (chunked) is stored too."""
    (shared.home / "piped.csv").write_bytes(b"x" * 400_000)
    options = ["-T", "piped.csv", "-X", "POST", "-H", "Transfer-Encoding: chunked"]
    done = shared.curl(*options, shared.url("files/piped.csv"))
    assert said(done) == (201, {"path": "piped.csv", "size": 400_000, "sha256": sha256(b"x" * 400_000)})
    assert len(shared.inbox()["piped.csv"]) == 400_000


def test_an_empty_file_is_a_file(shared: Hub) -> None:
    """No bytes are stored as no bytes."""
    done = shared.ask("POST", "files/none.csv", data=b"")
    assert (done.status_code, done.json()["size"], shared.inbox()["none.csv"]) == (201, 0, b"")


def test_a_wrong_checksum_stores_nothing(shared: Hub) -> None:
    """The file of before stays, and no delivery is taken until the right one has come."""
    assert shared.ask("POST", "files/checked.csv", data=b"before").status_code == 201
    wrong = shared.ask("POST", "files/checked.csv", data=b"after", Content_SHA256=sha256(b"other"))
    assert error(wrong) == (460, "checksum-mismatch")
    assert shared.inbox()["checked.csv"] == b"before"
    assert ("checked.csv", "partial") in shared.files()
    assert shared.ask("POST", "files/checked.csv", data=b"after").status_code == 201
    assert shared.inbox()["checked.csv"] == b"after"
    assert ("checked.csv", "partial") not in shared.files()


def test_a_utility_says_hello(shared: Hub) -> None:
    """It is told what was agreed; the hub keeps its version, its host and when it was there."""
    facts = {"version": "1.2.0", "host": "sis-1.northfield.example", "system": "Windows Server 2022"}
    told = shared.ask("POST", "hello", data=json.dumps(facts)).json()
    assert (told["account"], told["tenant"], told["integration"]) == (NORTH, "North", "north")
    assert told["largest_file"] == 5_000_000_000
    [token, _] = json.loads(shared.cli("upload-token", "list", "--json").stdout)
    assert (token["version"], token["host"], token["system"], token["state"]) == (*facts.values(), "in use")
    rules = shared.ask("GET", "rules")
    assert rules.headers["ETag"] == f'"{told["rules"]["digest"]}"'
    assert set(rules.json()) == {"payload", "key", "signature"}
    assert shared.ask("GET", "rules", If_None_Match=rules.headers["ETag"]).status_code == 304


@pytest.mark.parametrize("body", ["[]", "no json", '{"version": 1}', '{"a": "' + "x" * 70_000 + '"}'])
def test_a_hello_that_is_none_is_refused(shared: Hub, body: str) -> None:
    """Only a small object of texts is one."""
    assert shared.ask("POST", "hello", data=body).status_code in (400, 413)
