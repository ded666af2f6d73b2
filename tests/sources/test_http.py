"""The HTTP client of the sources: patient with what time can mend, strict with everything else."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from rollbook.core.errors import SettingsError, SourceRefused, SourceUnavailable
from rollbook.sources.base import Setup, SourceKind
from rollbook.sources.http import AccessRefused, Client, Limits, NotThere
from simulators.http.messages import Answer, Request, as_html, as_json
from simulators.http.routes import route
from simulators.http.system import System
from simulators.model import District

LOOPBACK = (ip_network("127.0.0.0/8"),)
KIND = SourceKind("odd", "Odd")


class Odd(System):
    """Answers in every way that a client may meet."""

    KIND, TITLE = "odd", "Odd"

    @route("GET", "/rows")
    def rows(self, request: Request) -> Answer:
        return Answer(200, b'{"rows":[1],"share":1.10}', {"Content-Type": "application/json"})

    @route("GET", "/status/{status}")
    def status(self, request: Request, status: str) -> Answer:
        return as_json({"message": "a detail that nobody outside should read"}, int(status))

    @route("GET", "/wait/{seconds}")
    def wait_for(self, request: Request, seconds: str) -> Answer:
        later = datetime.now(UTC) + timedelta(seconds=int(seconds))
        return as_json({}, 503, Retry_After=format_datetime(later, usegmt=True))

    @route("GET", "/to/{place}")
    def leads_on(self, request: Request, place: str) -> Answer:
        targets = {"here": "/rows", "circle": "/to/circle", "elsewhere": "http://127.0.0.2:1/rows"}
        return Answer(302, b"", {"Location": targets.get(place, f"https://{place}/")})

    @route("GET", "/big")
    def big(self, request: Request) -> Answer:
        return as_json(["x" * 10_000])

    @route("GET", "/deep")
    def deep(self, request: Request) -> Answer:
        return Answer(200, b"[" * 200_000, {"Content-Type": "application/json"})

    @route("GET", "/bom")
    def bom(self, request: Request) -> Answer:
        return Answer(200, b"\xef\xbb\xbf[1]", {"Content-Type": "application/json"})

    @route("GET", "/page")
    def page(self, request: Request) -> Answer:
        return as_html("Sign in")


@pytest.fixture
def odd() -> Iterator[Odd]:
    """The odd system."""
    with Odd(District(1)) as system:
        yield system


@pytest.fixture
def setup() -> Iterator[Setup]:
    """What a source is given, on a hub that may read this machine."""
    made = Setup(KIND, networks=LOOPBACK)
    with made.closing:
        yield made


def test_an_answer_is_read(odd: Odd, setup: Setup) -> None:
    """A path is joined to the address; a number with a fraction keeps its last zero."""
    assert Client(setup, f"{odd.url}/").json("/rows") == {"rows": [1], "share": "1.10"}


@pytest.mark.parametrize(
    "status, error",
    [(401, AccessRefused), (403, AccessRefused), (404, NotThere), (400, SourceRefused), (418, SourceRefused)],
)
def test_a_refusal_is_not_asked_again(odd: Odd, setup: Setup, status: int, error: type[Exception]) -> None:
    """What somebody has to mend is asked once, and the message tells nothing of the answer's body."""
    with pytest.raises(error, match="Nothing was changed") as caught:
        Client(setup, odd.url).json(f"/status/{status}")
    assert (len(odd.asked), "detail" in str(caught.value)) == (1, False)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_time_can_mend_is_asked_again(odd: Odd, setup: Setup, status: int) -> None:
    """It is tried as often as the limits say, and then left for a later run."""
    with pytest.raises(SourceUnavailable):
        Client(setup, odd.url, limits=Limits(tries=3)).json(f"/status/{status}")
    assert len(odd.asked) == 3


def test_who_asks_for_a_long_rest_is_left_alone(odd: Odd, setup: Setup) -> None:
    """A wait beyond the limit is not waited for: the run is told how long it should be."""
    with pytest.raises(SourceUnavailable) as caught:
        Client(setup, odd.url).json("/wait/3600")
    assert 3500 < (caught.value.retry_after or 0) <= 3600
    assert len(odd.asked) == 1


def test_redirects_on_the_same_host_are_followed(odd: Odd, setup: Setup) -> None:
    """A slash added, a path moved: no harm."""
    assert Client(setup, odd.url).json("/to/here")["rows"] == [1]


@pytest.mark.parametrize("place", ["elsewhere", "circle", "other.example"])
def test_other_redirects_are_refused(odd: Odd, setup: Setup, place: str) -> None:
    """Credentials never travel to another host, and nobody is led in circles."""
    with pytest.raises(SourceRefused):
        Client(setup, odd.url).json(f"/to/{place}")


def test_a_place_for_maintenance_means_later(odd: Odd, setup: Setup) -> None:
    """A redirect to where a vendor keeps its maintenance page is no refusal."""
    with pytest.raises(SourceUnavailable, match="maintenance"):
        Client(setup, odd.url, away=("message.example",)).json("/to/message.example")


def test_an_answer_that_is_too_big_is_refused(odd: Odd, setup: Setup) -> None:
    """No more is held than the limit allows."""
    with pytest.raises(SourceRefused, match="9,999 bytes"):
        Client(setup, odd.url, limits=Limits(bytes=9_999)).json("/big")


def test_an_answer_that_is_too_deep_is_no_answer(odd: Odd, setup: Setup) -> None:
    """A hundred thousand brackets do not bring the hub down."""
    with pytest.raises(SourceUnavailable):
        Client(setup, odd.url).json("/deep")


def test_a_byte_order_mark_is_read_over(odd: Odd, setup: Setup) -> None:
    """Some servers put one before their JSON."""
    assert Client(setup, odd.url).json("/bom") == [1]


def test_a_page_for_people_means_later(odd: Odd, setup: Setup) -> None:
    """Status 200 with a page is never an empty list."""
    with pytest.raises(SourceUnavailable, match="page for people"):
        Client(setup, odd.url).json("/page")


@pytest.mark.parametrize(
    "url", ["ftp://host/", "https://", "host", "https://a:b@host/", "http://host:x/", "https://h:0"]
)
def test_what_is_no_address_is_refused(setup: Setup, url: str) -> None:
    """An address is https://host/path, and holds no password."""
    with pytest.raises(SettingsError):
        Client(setup, url)


def test_private_networks_need_the_operator(odd: Odd) -> None:
    """Without SOURCE_NETWORKS no machine of the hub's own network can be read, this one least of all."""
    setup = Setup(KIND)
    with setup.closing, pytest.raises(SettingsError, match="SOURCE_NETWORKS"):
        Client(setup, odd.url).json("/rows")
    assert odd.asked == []


def test_a_chain_of_addresses_leads_nowhere_else(odd: Odd, setup: Setup) -> None:
    """An address that an answer names is asked only on the same host."""
    with pytest.raises(SourceRefused, match="another host"):
        Client(setup, odd.url).json("http://127.0.0.2:1/rows")


def test_nobody_there_is_told_as_such(setup: Setup) -> None:
    """A closed port is "cannot be reached", with nothing of the inside."""
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1 cannot be reached"):
        Client(setup, "http://127.0.0.1:9", limits=Limits(tries=1)).json("/rows")


def test_a_certificate_must_be_trusted(tmp_path: Path, setup: Setup) -> None:
    """A certificate of an unknown authority is refused at once; with the authority's own certificate it is taken."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *names], check=True, capture_output=True)
    system = Odd(District(1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    system._server.socket = context.wrap_socket(system._server.socket, server_side=True)
    with system:
        url = system.url.replace("http://127.0.0.1", "https://localhost")
        with pytest.raises(SourceRefused, match="not trusted"):
            Client(setup, url).json("/rows")
        trusting = Client(setup, url, authorities=certificate.read_text())
        assert trusting.json("/rows")["rows"] == [1]


def test_what_is_no_certificate_is_said(setup: Setup) -> None:
    """A path, or any other text, in the place of a certificate is a mistake in the settings."""
    with pytest.raises(SettingsError, match="is no certificate"):
        Client(setup, "https://sis.example", authorities="/etc/school.pem")
