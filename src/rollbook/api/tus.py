"""
Resumable uploads by the protocol tus 1.0.0 (https://tus.io/protocols/resumable-upload): the core, and the extensions
creation, creation-with-upload, checksum, termination and expiration.
"""

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date

from rollbook.api import bodies
from rollbook.api.door import View, for_tokens
from rollbook.api.limits import places
from rollbook.api.refusals import Refused, bad_request
from rollbook.intake import resumable
from rollbook.intake.models import ResumableUpload, UploadToken
from rollbook.intake.receiving import hold, is_finished

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
_ALGORITHMS = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}
_PART = "application/offset+octet-stream"
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_LATEST = 1 << 40  # seconds since 1970 that file systems can keep


def _tus(view: View) -> View:
    """What every request of the protocol meets: a method in a header, and the version in the answer."""

    @wraps(view)
    def asked(request: HttpRequest, **parts: Any) -> HttpResponse:
        if meant := request.headers.get("X-HTTP-Method-Override"):
            request.method = meant.upper()
        response = view(request, **parts)
        response.headers["Tus-Resumable"] = VERSION
        return response

    return asked


@_tus
@for_tokens("POST", "OPTIONS")
def uploads(request: HttpRequest, token: UploadToken) -> HttpResponse:
    """Begin an upload (POST), or learn what the server can do (OPTIONS)."""
    return _options(token) if request.method == "OPTIONS" else _create(_same_version(request), token)


@_tus
@for_tokens("HEAD", "PATCH", "DELETE", "OPTIONS")
def upload(request: HttpRequest, token: UploadToken, number: uuid.UUID) -> HttpResponse:
    """One upload: where it stands (HEAD), more of it (PATCH), take it back (DELETE)."""
    if request.method == "OPTIONS":
        return _options(token)
    _same_version(request)
    found = resumable.find(token.account, number)
    if found is None:
        raise Refused(404, "not-found", "There is no such upload. Nothing was done. Send the file from its beginning.")
    if request.method == "HEAD":
        return _head(found)
    if request.method == "DELETE":
        resumable.remove(found)
        return HttpResponse(status=204)
    if request.content_type != _PART:
        raise Refused(415, "wrong-type", f"A part has the content type {_PART}. Nothing was done.")
    return _stands(_receive(request, found, _number(request, "Upload-Offset")), 204)


def _options(token: UploadToken) -> HttpResponse:
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(token.account.largest_file),
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
    }
    return HttpResponse(status=204, headers=headers)


def _create(request: HttpRequest, token: UploadToken) -> HttpResponse:
    if "Upload-Defer-Length" in request.headers:
        raise bad_request("The length must be known at the beginning: Upload-Length.")
    has_body = bodies.length_of(request) != 0
    if has_body and request.content_type != _PART:
        raise Refused(415, "wrong-type", f"A part has the content type {_PART}. Nothing was done.")
    length, metadata = _number(request, "Upload-Length"), request.headers.get("Upload-Metadata", "")
    said = _metadata(metadata)
    if "filename" not in said:
        raise bad_request("The name of the file is missing: Upload-Metadata: filename BASE64.")
    sha256, modified = said.get("sha256", b"").decode("ascii", "replace").lower(), _modified(said.get("modified", b""))
    if sha256 and not _SHA256.match(sha256):
        raise bad_request("sha256 in Upload-Metadata is no SHA-256 in hexadecimal.")
    try:
        path = said["filename"].decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request("The name of the file is not UTF-8.") from None
    client = request.headers.get("User-Agent", "")
    made = resumable.begin(
        token.account, path, length, client=client, sha256=sha256, modified=modified, metadata=metadata
    )
    address = reverse("api-upload", args=[made.file.upload])
    try:
        if has_body or length == 0:
            _receive(request, made, 0)
    except Refused as refused:
        refused.headers["Location"] = address
        raise
    response = _stands(made, 201)
    response.headers["Location"] = address
    return response


def _receive(request: HttpRequest, found: ResumableUpload, at: int) -> ResumableUpload:
    check = _check(request.headers.get("Upload-Checksum", ""))
    length = bodies.length_of(request)
    if length is not None and at + length > found.length:
        raise Refused(413, "too-long", f"This is more than the {found.length} bytes of the file. Nothing was done.")
    with places.one(found.file.account_id), hold(found) as receiving:
        receiving.add(at, bodies.blocks(request), check)
    return found


def _head(found: ResumableUpload) -> HttpResponse:
    offset = resumable.offset(found)
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(found.length), "Cache-Control": "no-store"}
    if found.metadata:
        headers["Upload-Metadata"] = found.metadata
    return _expires(found, HttpResponse(status=200, headers=headers))


def _stands(found: ResumableUpload, status: int) -> HttpResponse:
    headers = {"Upload-Offset": str(resumable.offset(found))}
    return _expires(found, HttpResponse(status=status, headers=headers))


def _expires(found: ResumableUpload, response: HttpResponse) -> HttpResponse:
    if not is_finished(found):
        response.headers["Upload-Expires"] = http_date(found.due.timestamp())
    return response


# What stands in headers -----------------------------------------------------------------------------------


def _same_version(request: HttpRequest) -> HttpRequest:
    if request.headers.get("Tus-Resumable") != VERSION:
        sentence = f"This server speaks tus {VERSION}: send Tus-Resumable: {VERSION}. Nothing was done."
        raise Refused(412, "wrong-version", sentence, Tus_Version=VERSION)
    return request


def _number(request: HttpRequest, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise bad_request(f"{name} must be a number of bytes.")
    return int(text)


def _metadata(text: str) -> dict[str, bytes]:
    """Key -> value; a key without a value has a blank one."""
    found: dict[str, bytes] = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            decoded = base64.b64decode(value.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise bad_request("A value of Upload-Metadata is no Base64.") from None
        if key in found:
            raise bad_request("A key stands twice in Upload-Metadata.")
        found[key] = decoded
    return found


def _modified(text: bytes) -> int | None:
    if not text:
        return None
    if not (text.isdigit() and int(text[:20]) < _LATEST):
        raise bad_request("modified in Upload-Metadata is no number of seconds since 1970.")
    return int(text)


class _Check:
    """The checksum of one part."""

    def __init__(self, algorithm: str, wanted: bytes) -> None:
        self._digest, self._wanted = _ALGORITHMS[algorithm](), wanted

    def update(self, block: bytes) -> None:
        self._digest.update(block)

    def agrees(self) -> bool:
        return hmac.compare_digest(self._digest.digest(), self._wanted)


def _check(text: str) -> _Check | None:
    if not text:
        return None
    algorithm, _, value = text.strip().partition(" ")
    if algorithm not in _ALGORITHMS:
        raise Refused(400, "unknown-algorithm", f"Checksums are {' or '.join(_ALGORITHMS)}. Nothing was done.")
    try:
        return _Check(algorithm, base64.b64decode(value.strip(), validate=True))
    except (binascii.Error, ValueError):
        raise bad_request("The value of Upload-Checksum is no Base64.") from None
