"""A mail server that keeps what it gets, or refuses it, over real SMTP."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class MailServer:
    """
    What came, and how to answer.

    Args:
        refusals: Receiver -> the reply to `RCPT TO`, such as `550 unknown`.
    """

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        kept = self.server.kept
        self._say("220 sink")
        receiver = ""
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                receiver = line.partition("<")[2].partition(">")[0]
                self._say(kept.refusals.get(receiver, "250 taken"))
            elif verb == "DATA":
                self._say("354 go on")
                kept.mails.append(message_from_bytes(self._data()))
                kept.receivers.append(receiver)
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    kept: MailServer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server on a free port of this machine."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.kept = MailServer(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.kept
        finally:
            server.shutdown()
            thread.join()
