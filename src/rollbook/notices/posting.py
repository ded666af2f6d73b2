"""
One POST to a webhook: signed, to an address that was looked at, and no further.

The name is resolved once, the address is checked, and that very address is connected to, so that a name which
resolves to something else a moment later leads nowhere. Redirects are not followed. Only the status of the answer is
read, and the whole of it takes a limited time.
"""

import base64
import hashlib
import hmac
import http.client
import secrets
import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult

from rollbook.core.errors import RollbookError
from rollbook.networks import Address
from rollbook.notices.addresses import checked_url, resolve

TIMEOUT, DEADLINE = 8.0, 10.0
_PREFIX = "whsec_"


@dataclass(frozen=True)
class Answer:
    """What the receiver said."""

    status: int
    retry_after: int = 0

    @property
    def is_good(self) -> bool:
        """It was taken."""
        return 200 <= self.status < 300

    @property
    def is_of_receiver(self) -> bool:
        """The receiver is in trouble, or answers from another place: another event would fare no better."""
        return self.status in (408, 429) or 300 <= self.status < 400 or self.status >= 500


class NotDelivered(RollbookError):
    """No answer came. The message says why in a few words."""


def new_secret() -> str:
    """A secret to sign with, in the form of Standard Webhooks."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, uid: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`, as Standard Webhooks defines it."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    digest = hmac.new(key, f"{uid}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """
    Send it, and say what was answered.

    Raises:
        Refused: The hub does not send anything to that address.

        NotDelivered: No answer came.
    """
    parts = checked_url(url)
    try:
        with closing(_Connection(parts)) as connection:
            connection.request("POST", parts._replace(scheme="", netloc="", fragment="").geturl() or "/", body, headers)
            response = connection.getresponse()
            wait = response.headers.get("Retry-After", "")
            return Answer(response.status, int(wait) if wait.isdecimal() and len(wait) < 6 else 0)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise NotDelivered(_reason(error)) from error


class _Connection(http.client.HTTPConnection):
    """Connects to an address that was checked, and is cut off at the deadline."""

    def __init__(self, parts: SplitResult) -> None:
        self.is_secure = parts.scheme == "https"
        self.default_port = 443 if self.is_secure else 80
        super().__init__(parts.hostname or "", parts.port or self.default_port, timeout=TIMEOUT)
        self.deadline = threading.Timer(DEADLINE, self._cut)

    def connect(self) -> None:
        self.sock = _connected(resolve(self.host, self.port), self.port)
        self.deadline.start()
        if self.is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def close(self) -> None:
        self.deadline.cancel()
        super().close()

    def _cut(self) -> None:
        with suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _connected(addresses: list[Address], port: int) -> socket.socket:
    """A connection to the first of them that takes one."""
    for address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((str(address), port), TIMEOUT)
    return socket.create_connection((str(addresses[-1]), port), TIMEOUT)


def _reason(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "The name of the host is not known."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "The certificate of the host is not trusted."
    if isinstance(error, ConnectionRefusedError):
        return "The host refused the connection."
    if isinstance(error, TimeoutError):
        return "No answer came in time."
    return "The connection failed."
