"""A program that receives webhooks, and checks their signatures as Standard Webhooks tells a receiver to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Received:
    """One POST."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of its signatures was made with `secret` (written after the text of standardwebhooks.com)."""
        told = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = base64.b64decode(secret[len("whsec_") :])
        wanted = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
        versions = [one.split(",") for one in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(mark, wanted) for version, mark in versions)


@dataclass
class Receiver:
    """What came, and how to answer: `status`, `headers`, or nothing at all while `is_mute`."""

    url: str = ""
    got: list[Received] = field(default_factory=list)
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    is_mute: bool = False
    may_go: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        kept = self.server.kept
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kept.got.append(Received({name.lower(): text for name, text in self.headers.items()}, body))
        if kept.is_mute:
            kept.may_go.wait(30)
            return
        self.send_response(kept.status)
        for name, text in kept.headers.items():
            self.send_header(name, text)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    kept: Receiver


@contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """
    A receiver on a free port of this machine.

    Args:
        certificate: Speak HTTPS with this certificate and key, in one file.
    """
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.kept = Receiver(f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}/hook")
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.kept
        finally:
            server.kept.may_go.set()
            server.shutdown()
            thread.join()
