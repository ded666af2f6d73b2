"""The base of a simulated system: a district, its nights, and a threaded server on loopback."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from simulators.district import build
from simulators.http import faults
from simulators.http.faults import Fault, Faults
from simulators.http.messages import Answer, Request, as_json
from simulators.http.routes import find, routes_of
from simulators.model import District
from simulators.nights import pass_night

CONTROL = "/_simulator/"


class System:
    """
    A Student Information System that stands on a district.

    A system is one class: it says how its data looks in `prepare`, and marks with `@route` what answers which path.
    Everything it hands out is read under `lock`, so that a night never passes in the middle of an answer.

    Args:
        options: Switches of the system, by name; `OPTIONS` has them with their defaults.
    """

    KIND: ClassVar[str] = ""
    TITLE: ClassVar[str] = ""
    OPTIONS: ClassVar[Mapping[str, str]] = {}

    def __init__(self, district: District | None = None, *, port: int = 0, **options: str) -> None:
        if unknown := set(options) - set(self.OPTIONS):
            raise ValueError(f"{self.TITLE} has no option {', '.join(sorted(unknown))}.")
        self.district = district or build(200)
        self.options = {**self.OPTIONS, **options}
        self.faults = Faults()
        self.asked: list[str] = []
        self.lock = threading.RLock()
        self._routes = routes_of(type(self))
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.prepare()

    # What a system says of itself -----------------------------------------------------------------------

    def prepare(self) -> None:
        """Turn the district, as it is tonight, into the system's own words; called again after each night."""

    def settings(self) -> dict[str, str]:
        """The settings, secrets included, with which an integration of this kind reads this very server."""
        raise NotImplementedError

    def unknown(self, request: Request) -> Answer:
        """The answer to a path that nothing answers."""
        return as_json({"message": "Not Found"}, 404)

    def expire_tokens(self) -> None:
        """Let every token that was given out stop being good."""

    # Time and trouble -----------------------------------------------------------------------------------

    def pass_night(self) -> None:
        """Let the district move on by one night."""
        with self.lock:
            pass_night(self.district, self.district.night + 1)
            self.prepare()

    def trouble(self, kind: str, **fault: Any) -> None:
        """Let something go wrong; see `faults.Fault`."""
        self.faults.add(Fault(kind, **fault))

    # The server -----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self) -> None:
        """Serve until the process is stopped."""
        self._thread.join()

    def respond(self, request: Request) -> Answer:
        """The answer to a request, trouble included."""
        if request.path.startswith(CONTROL):
            return self._control(request)
        self.asked.append(f"{request.method} {request.raw_path}")
        if self.faults.strikes("expire", request.path):
            self.expire_tokens()
        if answer := faults.before(self.faults, request):
            return answer
        with self.lock:
            found = find(self._routes, request)
            answer = getattr(self, found[0])(request, **found[1]) if found else self.unknown(request)
        return faults.after(self.faults, request, answer)

    def _control(self, request: Request) -> Answer:
        """Commands for a system that runs in another process: trouble, the next night, what it was asked."""
        match request.method, request.path.removeprefix(CONTROL):
            case "POST", "faults":
                self.faults.add(Fault(**request.json))
            case "DELETE", "faults":
                self.faults.clear()
            case "POST", "night":
                self.pass_night()
            case "GET", "asked":
                return as_json(self.asked)
            case "GET", "settings":
                return as_json(self.settings())
            case _:
                return as_json({"message": "Not Found"}, 404)
        return as_json({"night": self.district.night})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], system: System) -> None:
        self.system = system
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            unquote(parts.path),
            self.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): text for name, text in self.headers.items()},
            self.rfile.read(length) if length else b"",
            self.headers.get("Host", ""),
        )
        try:
            answer = self.server.system.respond(request)
        except faults.Dropped:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        head = [f"HTTP/1.1 {int(answer.status)} {self.responses.get(answer.status, ('', ''))[0]}"]
        if answer.status != 204:
            answer.headers["Content-Length"] = str(len(answer.body))
        head += [f"{name}: {text}" for name, text in answer.headers.items()]
        sent = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
        if self.command == "HEAD":
            sent = b""
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + sent)
        if answer.cut:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Tests ask `System.asked`; the command line prints nothing for each request."""
