"""Send one file by tus 1.0: in parts, each with its checksum, and from where it broke off."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from rollbook_upload.errors import FileChanged, HubRefused, Unreachable
from rollbook_upload.retrying import retried
from rollbook_upload.state import State
from rollbook_upload.web import Web

PART = 4 * 2**20

_VERSION = {"Tus-Resumable": "1.0.0"}
_GONE, _MISMATCH, _WRONG_OFFSET = (404, 410), 460, 409
Told = Callable[[int, int], None]


class Upload:
    """
    One file on its way.

    Args:
        path: Its place below the inbox.

        sha256: Of the whole file, as it was when it was looked at.

        told: Called with the bytes that are there, and all of them.
    """

    def __init__(self, web: Web, state: State, path: str, file: Path, sha256: str, told: Told) -> None:
        self._web, self._state, self._path, self._file, self._sha256 = web, state, path, file, sha256
        self._told = told

    def send(self) -> None:
        """
        Send it, or the rest of it.

        Raises:
            FileChanged: It was written to meanwhile; what came of it was taken back.

            Unreachable, HubRefused: The hub has not got it.
        """
        with self._file.open("rb") as content:
            before = os.fstat(content.fileno())
            address, offset = retried(lambda: self._begun(before.st_size, before.st_mtime))
            while offset < before.st_size:
                content.seek(offset)
                part = content.read(min(PART, before.st_size - offset))
                now = self._file.stat()
                if not part or (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                    self._take_back(address)
                    raise FileChanged(f"{self._path} was written to while it was sent. It is sent once it is whole.")
                offset = retried(partial(self._patched, address, offset, part))
                self._told(offset, before.st_size)
        self._forget()

    def _begun(self, size: int, modified: float) -> tuple[str, int]:
        """The address of the upload, and how much of it is there."""
        known = self._state.uploads.get(self._path)
        if known and known["sha256"] == self._sha256:
            answer = self._web.ask("HEAD", known["address"], headers=_VERSION, allowed=_GONE)
            if answer.status not in _GONE:
                return known["address"], _number(answer.headers)
        said = {"filename": self._path, "sha256": self._sha256, "modified": str(int(modified))}
        pairs = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
        headers = {**_VERSION, "Upload-Length": str(size), "Upload-Metadata": pairs}
        answer = self._web.ask("POST", "uploads/", headers=headers)
        address = self._web.path_of(answer.headers.get("location", ""))
        self._state.uploads[self._path] = {"address": address, "sha256": self._sha256}
        self._state.save()
        return address, 0

    def _patched(self, address: str, offset: int, part: bytes) -> int:
        """How much is there after one part."""
        checksum = base64.b64encode(hashlib.sha256(part).digest()).decode()
        headers = {
            **_VERSION,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {checksum}",
        }
        answer = self._web.ask("PATCH", address, part, headers, allowed=(_MISMATCH, _WRONG_OFFSET, *_GONE))
        if answer.status == _WRONG_OFFSET:
            return _number(self._web.ask("HEAD", address, headers=_VERSION).headers)
        if answer.status in _GONE:
            self._forget()
            raise HubRefused(f"The hub has dropped the upload of {self._path}. It is sent anew in the next round.")
        if answer.status == _MISMATCH:
            return self._after_mismatch(address, offset)
        return _number(answer.headers)

    def _after_mismatch(self, address: str, offset: int) -> int:
        """A part that was damaged on its way is sent again; a whole file that is another one is not."""
        answer = self._web.ask("HEAD", address, headers=_VERSION, allowed=_GONE)
        if answer.status in _GONE or _number(answer.headers) != offset:
            self._forget()
            raise FileChanged(f"{self._path} is not as it was looked at. It is sent once it is left alone.")
        raise Unreachable(f"A part of {self._path} was damaged on its way.")

    def _take_back(self, address: str) -> None:
        self._web.ask("DELETE", address, headers=_VERSION, allowed=_GONE)
        self._forget()

    def _forget(self) -> None:
        self._state.uploads.pop(self._path, None)
        self._state.save()


def _number(headers: Mapping[str, str]) -> int:
    text = headers.get("upload-offset", "")
    if not text.isdigit():
        raise HubRefused("What answers does not speak tus. Nothing was sent. Check the address.")
    return int(text)
