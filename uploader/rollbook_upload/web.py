"""Requests to the hub: TLS proven, no redirect followed, every answer put into words."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from rollbook_upload import __version__
from rollbook_upload.config import Hub
from rollbook_upload.errors import ConfigError, HubRefused, Unreachable, Untrusted

TIMEOUT = 60
_MOST = 16 * 2**20
_LATER = (408, 423, 425, 429, 500, 502, 503, 504)
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Answer:
    """What the hub answered, when it did not say no."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object."""
        try:
            said = json.loads(self.body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise HubRefused("What answers is no Rollbook hub. Nothing was sent. Check the address.", self.status)
        return said


class Web:
    """One connection to a hub, made anew when it is lost."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._parts = hub, urlsplit(hub.url)
        self._connection: http.client.HTTPConnection | None = None
        self._tls = _tls(hub) if self._parts.scheme == "https" else None

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] = NO_HEADERS,
        allowed: tuple[int, ...] = (),
    ) -> Answer:
        """
        One request.

        Args:
            path: Below `/api/v1/`, or the whole path when it begins with /.

            allowed: Refusals that the caller knows what to do with.

        Raises:
            Unreachable: Time can mend it.

            HubRefused: The hub said no.

            Untrusted: The certificate is not the hub's.
        """
        place = path if path.startswith("/") else f"{self._parts.path}/api/v1/{path}"
        sent = {"Authorization": f"Bearer {self._hub.token}", "User-Agent": f"rollbook-upload/{__version__}", **headers}
        try:
            answer = self._exchange(method, place, body, sent)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise Untrusted(
                f"The certificate of {self._parts.hostname} cannot be trusted ({error.verify_message}). Nothing was "
                "sent. Check the address, the clock of this machine, and ca_file in the configuration."
            ) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            why = error.strerror if isinstance(error, OSError) and error.strerror else "the connection was lost"
            raise Unreachable(f"{self._parts.hostname} cannot be reached ({why}).") from None
        return self._judge(answer, allowed)

    def path_of(self, address: str) -> str:
        """
        The path of an address that the hub gave.

        Raises:
            HubRefused: It leads elsewhere.
        """
        parts = urlsplit(address)
        if parts.netloc and parts.hostname != self._parts.hostname:
            raise HubRefused("The hub named an address at another host. It was not followed; nothing was sent there.")
        return parts.path

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, method: str, place: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._connection is None:
            self._connection = self._connect()
        fresh = self._connection.sock is None
        try:
            return self._once(method, place, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if fresh:
                raise
            # A connection that was kept may have been closed meanwhile; each request can be made twice.
            self._connection = self._connect()
            return self._once(method, place, body, headers)

    def _once(self, method: str, place: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        assert self._connection is not None
        self._connection.request(
            method, place, body=body if method not in ("GET", "HEAD") else None, headers=dict(headers)
        )
        response = self._connection.getresponse()
        said = response.read(_MOST)
        if response.read(1):
            self.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, said)

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT)

    def _judge(self, answer: Answer, allowed: tuple[int, ...]) -> Answer:
        if answer.status < 300 or answer.status in allowed:
            return answer
        if answer.status < 400:
            raise HubRefused(
                f"{self._parts.hostname} sends to another address. That is not followed, and nothing was sent. "
                "Ask for the hub's own address.",
                answer.status,
            )
        message = _message(answer)
        if answer.status in _LATER:
            raise Unreachable(message or f"The hub is not ready (status {answer.status}).", _seconds(answer))
        raise HubRefused(message or f"The hub refused the request (status {answer.status}).", answer.status)


def _tls(hub: Hub) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(hub.ca_file) if hub.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"ca_file cannot be read ({error.strerror or 'no certificate'}). Nothing was sent.") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _message(answer: Answer) -> str:
    """The hub's own sentence; blank for any other body: it may be anybody's."""
    try:
        message = json.loads(answer.body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return ""
    return message[:500] if isinstance(message, str) and message.isprintable() else ""


def _seconds(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), 3600) if text.isdigit() else 0


def host_name() -> str:
    """This machine, as the hub shows it."""
    return socket.gethostname()[:200]
