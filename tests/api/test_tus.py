"""The protocol tus 1.0.0, as its specification says, and as a client that is not ours speaks it."""

from __future__ import annotations

import os
from io import BytesIO

import pytest
from tusclient.exceptions import TusCommunicationError

from tests.api.hubs import Hub, checksum, error, sha256
from tests.support.senders import SOUTH


def test_a_client_that_is_not_ours_uploads(shared: Hub) -> None:
    """tuspy sends a file in parts, each with its checksum, and it lies in the inbox."""
    content = os.urandom(300_000)
    uploader = shared.tus().uploader(
        file_stream=BytesIO(content), chunk_size=70_000, metadata={"filename": "whole.csv"}, upload_checksum=True
    )
    uploader.upload()
    assert shared.inbox()["whole.csv"] == content
    assert uploader.get_offset() == 300_000


def test_a_client_goes_on_where_it_broke_off(shared: Hub) -> None:
    """A second client that only knows the address of the upload sends the rest of it."""
    content = os.urandom(200_000)
    first = shared.tus().uploader(file_stream=BytesIO(content), chunk_size=50_000, metadata={"filename": "rest.csv"})
    first.upload(stop_at=100_000)
    assert "rest.csv" not in shared.inbox()
    second = shared.tus().uploader(file_stream=BytesIO(content), url=first.url)
    assert second.offset == 100_000
    second.upload()
    assert shared.inbox()["rest.csv"] == content


def test_an_empty_file_is_whole_at_once(shared: Hub) -> None:
    """An upload of length 0 is stored when it was begun."""
    made = shared.begin("empty.csv", 0)
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "0")
    assert shared.inbox()["empty.csv"] == b""


def test_the_server_says_what_it_can(shared: Hub) -> None:
    """OPTIONS tells version, extensions, algorithms and the largest file."""
    told = shared.ask("OPTIONS", "uploads/")
    assert told.status_code == 204
    assert told.headers["Tus-Version"] == "1.0.0"
    assert told.headers["Tus-Extension"] == "creation,creation-with-upload,checksum,termination,expiration"
    assert told.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"
    assert told.headers["Tus-Max-Size"] == "5000000000"


def test_another_version_is_refused(shared: Hub) -> None:
    """Without the version, or with another, nothing is done, and the answer says which there is."""
    for version in ("", "0.2.2"):
        refused = shared.ask(
            "POST", "uploads/", Tus_Resumable=version, Upload_Length="1", Upload_Metadata="filename YQ=="
        )
        assert error(refused) == (412, "wrong-version")
        assert (refused.headers["Tus-Version"], refused.headers["Tus-Resumable"]) == ("1.0.0", "1.0.0")


def test_an_upload_tells_where_it_stands(shared: Hub) -> None:
    """HEAD tells offset, length, metadata and when it expires, and is kept by no cache."""
    made = shared.begin("stands.csv", 10, data=b"1234", modified="1700000000")
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "4")
    told = shared.where(made.headers["Location"])
    assert told.status_code == 200
    assert (told.headers["Upload-Offset"], told.headers["Upload-Length"]) == ("4", "10")
    assert told.headers["Upload-Metadata"] == "filename c3RhbmRzLmNzdg==,modified MTcwMDAwMDAwMA=="
    assert told.headers["Cache-Control"] == "no-store"
    assert told.headers["Upload-Expires"].endswith(" GMT")
    assert told.headers["Tus-Resumable"] == "1.0.0"
    ended = shared.go_on(made.headers["Location"], 4, b"567890")
    assert (ended.status_code, ended.headers["Upload-Offset"], ended.content) == (204, "10", b"")
    assert "Upload-Expires" not in ended.headers
    stored = shared.folder() / "inbox/stands.csv"
    assert (stored.read_bytes(), int(stored.stat().st_mtime)) == (b"1234567890", 1_700_000_000)


def test_a_wrong_offset_changes_nothing(shared: Hub) -> None:
    """Bytes for another place are refused with 409, and the upload stands where it stood."""
    location = shared.begin("offset.csv", 10, data=b"1234").headers["Location"]
    for offset in (0, 3, 5, 10):
        assert error(shared.go_on(location, offset, b"x" if offset < 10 else b"")) == (409, "wrong-offset")
    assert shared.where(location).headers["Upload-Offset"] == "4"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_part_with_a_wrong_checksum_is_not_kept(shared: Hub, algorithm: str) -> None:
    """460, and the upload stands where it stood; with the right checksum the part is taken."""
    location = shared.begin(f"part-{algorithm}.csv", 6, data=b"abc").headers["Location"]
    wrong = shared.go_on(location, 3, b"dex", Upload_Checksum=checksum(algorithm, b"def"))
    assert (wrong.status_code, wrong.reason, error(wrong)[1]) == (460, "Checksum Mismatch", "checksum-mismatch")
    assert shared.where(location).headers["Upload-Offset"] == "3"
    right = shared.go_on(location, 3, b"def", Upload_Checksum=checksum(algorithm, b"def"))
    assert right.status_code == 204
    assert shared.inbox()[f"part-{algorithm}.csv"] == b"abcdef"


def test_an_unknown_checksum_is_refused(shared: Hub) -> None:
    """An algorithm that nobody knows, or a value that is none, is 400 and changes nothing."""
    location = shared.begin("unknown.csv", 6).headers["Location"]
    assert error(shared.go_on(location, 0, b"abc", Upload_Checksum="crc32 AAAA")) == (400, "unknown-algorithm")
    assert error(shared.go_on(location, 0, b"abc", Upload_Checksum="sha1 !")) == (400, "bad-request")
    assert shared.where(location).headers["Upload-Offset"] == "0"


def test_a_file_that_is_not_what_its_sender_says_is_not_stored(shared: Hub) -> None:
    """With another SHA-256 than the sender's nothing is stored, and all of it can be sent again."""
    location = shared.begin("wrong.csv", 6, sha256=sha256(b"abcdef")).headers["Location"]
    assert shared.go_on(location, 0, b"abc").status_code == 204
    assert error(shared.go_on(location, 3, b"dex")) == (460, "checksum-mismatch")
    assert "wrong.csv" not in shared.inbox()
    assert shared.where(location).headers["Upload-Offset"] == "0"
    assert shared.go_on(location, 0, b"abcdef").status_code == 204
    assert shared.inbox()["wrong.csv"] == b"abcdef"


def test_an_upload_is_taken_back(shared: Hub) -> None:
    """DELETE frees what was there; the upload is gone from then on."""
    location = shared.begin("taken-back.csv", 10, data=b"1234").headers["Location"]
    assert shared.ask("DELETE", location, Tus_Resumable="1.0.0").status_code == 204
    assert shared.where(location).status_code == 410
    assert "Upload-Offset" not in shared.where(location).headers
    assert error(shared.go_on(location, 4, b"567890")) == (410, "gone")
    assert not (shared.folder() / "uploads" / location.rpartition("/")[2]).exists()


def test_a_file_that_was_stored_is_taken_back(shared: Hub) -> None:
    """A sender may remove what it sent, as over SFTP."""
    location = shared.begin("stored.csv", 4, data=b"1234").headers["Location"]
    assert "stored.csv" in shared.inbox()
    assert shared.ask("DELETE", location, Tus_Resumable="1.0.0").status_code == 204
    assert "stored.csv" not in shared.inbox()
    assert ("stored.csv", "removed") in shared.files()


def test_what_is_asked_again_is_told_again(shared: Hub) -> None:
    """A client that missed the last answer asks, and learns that all of it is stored."""
    location = shared.begin("again.csv", 4, data=b"1234").headers["Location"]
    assert shared.where(location).headers["Upload-Offset"] == "4"
    assert shared.go_on(location, 4, b"").status_code == 204
    assert error(shared.go_on(location, 4, b"5")) == (413, "too-long")


def test_more_than_was_announced_is_refused(shared: Hub) -> None:
    """A body that goes beyond the length is refused, also one whose length nobody said."""
    location = shared.begin("beyond.csv", 4).headers["Location"]
    assert error(shared.go_on(location, 0, b"12345")) == (413, "too-long")
    assert error(shared.go_on(location, 0, iter([b"123", b"45"]))) == (413, "too-long")
    assert shared.where(location).headers["Upload-Offset"] == "0"
    assert shared.go_on(location, 0, iter([b"12", b"34"])).status_code == 204
    assert shared.inbox()["beyond.csv"] == b"1234"


def test_methods_can_stand_in_a_header(shared: Hub) -> None:
    """X-HTTP-Method-Override is for whoever cannot send PATCH."""
    location = shared.begin("override.csv", 3).headers["Location"]
    headers = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    done = shared.ask("POST", location, data=b"abc", X_HTTP_Method_Override="PATCH", **headers)
    assert (done.status_code, shared.inbox()["override.csv"]) == (204, b"abc")


def test_parts_have_their_content_type(shared: Hub) -> None:
    """Anything else is 415."""
    location = shared.begin("type.csv", 3).headers["Location"]
    assert error(shared.go_on(location, 0, b"abc", Content_Type="text/csv")) == (415, "wrong-type")


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload_Length": "x"},
        {"Upload_Length": "-1"},
        {"Upload_Length": ""},
        {"Upload_Defer_Length": "1"},
        {"Upload_Metadata": "filename"},
        {"Upload_Metadata": ""},
        {"Upload_Metadata": "filename !!!"},
        {"Upload_Metadata": "filename YQ==,filename YQ=="},
        {"Upload_Metadata": "filename YQ==,sha256 eHg="},
        {"Upload_Metadata": "filename YQ==,modified eHg="},
        {"Upload_Metadata": "filename /w=="},
    ],
)
def test_what_cannot_be_understood_is_refused(shared: Hub, headers: dict[str, str]) -> None:
    """A length or metadata that is none is 400 (a name that is none 422), and nothing is begun."""
    before = shared.drafts()
    own = {"Tus_Resumable": "1.0.0", "Upload_Length": "3", "Upload_Metadata": "filename YQ==", **headers}
    assert shared.ask("POST", "uploads/", **own).status_code in (400, 422)
    assert shared.drafts() == before


def test_uploads_of_another_tenant_do_not_exist(shared: Hub) -> None:
    """Nobody can tell the number of another's upload from one that there is not."""
    location = shared.begin("secret.csv", 10, data=b"1234").headers["Location"]
    unknown = "uploads/00000000-0000-4000-8000-000000000000"
    for method in ("HEAD", "PATCH", "DELETE"):
        own = {"Tus_Resumable": "1.0.0", "Upload_Offset": "4", "Content_Type": "application/offset+octet-stream"}
        foreign = shared.ask(method, location, login=SOUTH, data=b"" if method == "HEAD" else b"567890", **own)
        assert foreign.status_code == 404
        assert foreign.content == shared.ask(method, unknown, login=SOUTH, **own).content
    assert shared.where(location).headers["Upload-Offset"] == "4"


def test_a_foreign_client_reads_why(shared: Hub) -> None:
    """tuspy gets the sentence of a refusal."""
    uploader = shared.tus().uploader(file_stream=BytesIO(b"1"), metadata={"filename": "CON.csv"})
    with pytest.raises(TusCommunicationError) as refused:
        uploader.upload()
    assert b"device on some systems" in (refused.value.response_content or b"")
