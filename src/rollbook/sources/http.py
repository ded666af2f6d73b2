"""
Requests to the API of a SIS: patient with what time can mend, strict with everything else.

    Status                          Means                                        Raised
    2xx with the wanted content     an answer
    2xx or 3xx to a page of HTML    closed for maintenance: try later            SourceUnavailable
    301, 302, 303, 307, 308         followed on the same host only               SourceRefused
    401                             a new token, once; then the access is wrong  AccessRefused
    403                             a permission is missing                      AccessRefused
    404                             there is no such thing                       NotThere
    408, 425, 429, 500, 502-504     try again, as late as the system asks        SourceUnavailable
    any other                       the request is wrong                         SourceRefused

No message holds a credential, a query or the body of an answer.
"""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin, urlsplit

from rollbook.core.errors import SettingsError, SourceRefused, SourceUnavailable
from rollbook.sources.addresses import UNCHANGED, checked_url, resolved
from rollbook.sources.base import Setup

if TYPE_CHECKING:
    import httpx2

_TRY_LATER = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}


class AccessRefused(SourceRefused):
    """The system does not accept the credentials, or they lack a permission; `status` is 401 or 403."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class NotThere(SourceRefused):
    """The system has nothing at that path."""


@dataclass(frozen=True)
class Limits:
    """
    How long and how much.

    Args:
        timeout: Seconds without a byte.

        bytes: Of one answer, unpacked.

        tries: Of one request, the first included.

        longest_wait: Seconds; a system that asks for more is left alone until the next run.

        per_minute: Requests; 0 = as many as it answers.
    """

    timeout: float = 60.0
    bytes: int = 256 * 2**20
    tries: int = 5
    longest_wait: float = 200.0
    per_minute: int = 0


def _hurried(limits: Limits) -> Limits:
    """As a person who looks on would wait."""
    return replace(limits, timeout=min(limits.timeout, 15.0), tries=min(limits.tries, 2), longest_wait=2.0)


class Auth(Protocol):
    """How requests prove who asks."""

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The headers for a request; `url` is whole, with its query."""

    def renew(self) -> bool:
        """Take a new token after one was refused; False where there is nothing to renew."""


class NoAuth:
    """Requests that prove nothing, or whose headers the client always sends."""

    def headers(self, method: str, url: str) -> dict[str, str]:
        """None."""
        return {}

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


@dataclass(frozen=True)
class Reply:
    """An answer, read to its end. `url` is where it came from after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str

    def json(self) -> Any:
        """
        The body as JSON. Numbers with a fraction stay text, so that 1.10 is not 1.1.

        Raises:
            SourceUnavailable: It is no JSON: cut off, or a page for people.
        """
        try:
            return json.loads(self.body.decode("utf-8-sig"), parse_float=str)
        except (ValueError, RecursionError):
            raise SourceUnavailable(_not_json(self)) from None


class Client:
    """
    The way to one host, open until the source is closed.

    Args:
        base_url: What every path is joined to.

        auth: Proves who asks, and takes a new token when one is refused.

        pace: Is shown each reply, and says how many seconds to wait before the next request (rate limits).

        away: Hosts to which the system redirects while it is closed for maintenance.

        authorities: Certificates (PEM) of authorities to trust instead of the usual ones (a school's own).

    Raises:
        SettingsError: The address is not one that may be read.
    """

    def __init__(
        self,
        setup: Setup,
        base_url: str,
        *,
        auth: Auth | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        pace: Callable[[Reply], float] | None = None,
        away: tuple[str, ...] = (),
        authorities: str = "",
    ) -> None:
        import httpx2

        self.base_url = checked_url(base_url)
        self.host = urlsplit(self.base_url).hostname or ""
        self.auth, self.away = auth or NoAuth(), away
        self.limits = limits or Limits() if setup.is_patient else _hurried(limits or Limits())
        self._pace, self._setup = pace, setup
        self._not_before = 0.0
        verify = _trusting(authorities)
        timeout = httpx2.Timeout(self.limits.timeout, connect=min(20.0, self.limits.timeout))
        self._http = httpx2.Client(
            headers={"Accept": "application/json", "User-Agent": "Rollbook"} | dict(headers or {}),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            verify=verify,
        )
        setup.closing.callback(self._http.close)

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """
        Ask, as often as `Limits` has it.

        Args:
            path: Joined to the base; a whole address on the same host is taken too.

        Raises:
            SourceUnavailable, AccessRefused, NotThere, SourceRefused: See the table above.
        """
        return self.ask("GET", path, params=params, headers=headers)

    def json(self, path: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of an answer; asked for again when it is no JSON. Raises as `get` does."""
        return self.ask("GET", path, params=params, headers=headers, wants_json=True).json()

    def json_reply(
        self, path: str, params: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """An answer that is JSON, with its headers. Raises as `get` does."""
        return self.ask("GET", path, params=params, headers=headers, wants_json=True)

    def post_form(self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        """Post a form. Raises as `get` does."""
        return self.ask("POST", path, form=form, headers=headers, wants_json=True)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        wants_json: bool = False,
    ) -> Reply:
        """
        One request until it is answered. Only requests that change nothing may be sent: they may be sent twice.

        Args:
            body: Posted as JSON.

        Raises:
            SourceUnavailable, AccessRefused, NotThere, SourceRefused: See the table above.
        """
        import stamina

        request = self._http.build_request(method, self._address(path), params=params, data=form, json=body)
        request.headers.update(headers or {})
        for attempt in stamina.retry_context(
            on=self._wait, attempts=self.limits.tries, timeout=None, wait_initial=0.5, wait_max=20.0
        ):
            with attempt:
                reply = self._authorized(request)
                _judge(self.host, reply, path, wants_json)
        return reply

    def _wait(self, error: Exception) -> bool | float:
        """Whether and when a request is sent again."""
        if not isinstance(error, SourceUnavailable) or (error.retry_after or 0) > self.limits.longest_wait:
            return False
        return error.retry_after or True

    def _authorized(self, request: "httpx2.Request") -> Reply:
        """The reply to a request, with a new token when the first was refused."""
        reply = self._followed(request)
        if reply.status == 401 and self.auth.renew():
            reply = self._followed(request)
        return reply

    def _followed(self, request: "httpx2.Request") -> Reply:
        """The reply to a request, or to the one it leads to on the same host."""
        reply = self._sent(request)
        for _ in range(3):
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                return reply
            url = urljoin(reply.url, reply.headers["location"])
            target = urlsplit(url)
            if target.hostname in self.away:
                raise SourceUnavailable(f"{self.host} is closed for maintenance. {UNCHANGED}")
            if self._origin(url) != self._origin(reply.url):
                raise SourceRefused(
                    f"{self.host} leads on to another place, {target.scheme}://{target.hostname}, and the hub does not "
                    f"follow it there with your credentials. {UNCHANGED} Check the address in the settings."
                )
            request = self._http.build_request(request.method, url, headers=_kept(request), content=request.read())
            reply = self._sent(request)
        raise SourceRefused(f"{self.host} leads in circles. {UNCHANGED} Check the address in the settings.")

    def _sent(self, request: "httpx2.Request") -> Reply:
        import httpx2

        self._keep_pace()
        url = str(request.url)
        request.headers.update(self.auth.headers(request.method, url))
        try:
            answer = self._http.send(self._pinned(request), stream=True)
            try:
                reply = Reply(answer.status_code, answer.headers, self._read(answer), url)
            finally:
                answer.close()
        except httpx2.HTTPError as error:
            raise _unavailable(self.host, error) from None
        if self._pace:
            self._not_before = max(self._not_before, time.monotonic() + self._pace(reply))
        return reply

    def _pinned(self, request: "httpx2.Request") -> "httpx2.Request":
        """The request to the very address that was judged; the certificate is still that of the name."""
        import httpx2

        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        address = resolved(self._setup, url.host, port, is_secure=url.scheme == "https")
        extensions = {**request.extensions, "sni_hostname": url.host}
        return httpx2.Request(
            request.method,
            url.copy_with(host=address),
            headers=request.headers,
            content=request.read(),
            extensions=extensions,
        )

    def _read(self, answer: "httpx2.Response") -> bytes:
        body = bytearray()
        for part in answer.iter_bytes():
            body += part
            if len(body) > self.limits.bytes:
                raise SourceRefused(
                    f"{self.host} sent more than {self.limits.bytes:,} bytes in one answer. {UNCHANGED} "
                    "Ask for smaller pages."
                )
        return bytes(body)

    def _keep_pace(self) -> None:
        now = time.monotonic()
        if self._not_before > now:
            time.sleep(self._not_before - now)
        if self.limits.per_minute:
            self._not_before = max(now, self._not_before) + 60 / self.limits.per_minute

    def _address(self, path: str) -> str:
        """
        A path under the base.

        Raises:
            SourceRefused: It is an address on another host.
        """
        if "://" not in path:
            return f"{self.base_url}/{path.lstrip('/')}" if path else self.base_url
        if self._origin(path) != self._origin(self.base_url):
            raise SourceRefused(f"{self.host} names an address on another host. {UNCHANGED} It was not followed.")
        return path

    def _origin(self, url: str) -> tuple[str, str, int]:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _trusting(authorities: str) -> ssl.SSLContext:
    """
    What a certificate is checked against.

    Raises:
        SettingsError: The authorities are no certificates.
    """
    try:
        return ssl.create_default_context(cadata=authorities or None)
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(
            f"The certificate authority is no certificate. {UNCHANGED} Give it as PEM: authorities=@FILE."
        ) from error


# What a reply means ----------------------------------------------------------------------------------


def _judge(host: str, reply: Reply, path: str, wants_json: bool) -> None:
    shown = urlsplit(path).path or "/"
    if reply.status in _TRY_LATER:
        busy = "asks for fewer requests" if reply.status == 429 else f"answered {reply.status}"
        raise SourceUnavailable(f"{host} {busy} ({shown}). {UNCHANGED}", retry_after=_retry_after(reply))
    if reply.status == 401:
        raise AccessRefused(
            f"{host} does not accept the credentials ({shown}, 401). {UNCHANGED} Check them, and whether they have "
            "been renewed or have run out.",
            401,
        )
    if reply.status == 403:
        raise AccessRefused(
            f"{host} does not let these credentials read {shown} (403). {UNCHANGED} Give them the permission there.",
            403,
        )
    if reply.status == 404:
        raise NotThere(f"{host} has nothing at {shown} (404). {UNCHANGED} Check the address in the settings.")
    if not 200 <= reply.status < 300:
        raise SourceRefused(f"{host} refused the request for {shown} ({reply.status}). {UNCHANGED}")
    if wants_json and reply.status != 204:
        reply.json()


def _not_json(reply: Reply) -> str:
    host = urlsplit(reply.url).hostname
    is_page = "html" in reply.headers.get("content-type", "").lower() or reply.body.lstrip()[:1] == b"<"
    what = "answered with a page for people: it may be closed for maintenance" if is_page else "sent a broken answer"
    return f"{host} {what}. {UNCHANGED}"


def _retry_after(reply: Reply) -> float | None:
    """Seconds that the system asks to be left alone: a number, or a date."""
    said = reply.headers.get("retry-after", "").strip()
    if said.isdecimal() and len(said) < 7:
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _kept(request: "httpx2.Request") -> dict[str, str]:
    """The headers of a request that its successor on the same host takes along."""
    return {name: text for name, text in request.headers.items() if name not in ("host", "content-length")}


def _unavailable(host: str, error: Exception) -> SourceUnavailable | SourceRefused:
    causes: list[BaseException] = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return SourceRefused(
            f"The certificate of {host} is not trusted. {UNCHANGED} Somebody may be in between; if the school has an "
            "authority of its own, name its certificate in the settings."
        )
    late = "gave no answer in time" if "Timeout" in type(error).__name__ else "cannot be reached, or broke off"
    return SourceUnavailable(f"{host} {late}. {UNCHANGED}")
