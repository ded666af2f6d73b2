"""How sources prove who asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import unquote

import pytest
from oauthlib.oauth1 import rfc5849

from rollbook.sources.base import Setup, SourceKind, TokensInMemory
from rollbook.sources.http import AccessRefused, Client
from rollbook.sources.oauth import ClientCredentials, Signed
from simulators.district import build
from tests.sources.cases.plain import Plain

KIND = SourceKind("odd", "Odd")


@pytest.fixture
def system() -> Iterator[Plain]:
    """A system that gives tokens out for an hour."""
    with Plain(build(3)) as running:
        yield running


class _Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1_790_000_000.0

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def _ask(system: Plain, tokens: TokensInMemory, clock: _Clock, secret: str = "made-up-secret-of-plain") -> None:
    """One request by a source that has just been made, as a new run would."""
    setup = Setup(KIND, tokens=tokens, networks=(ip_network("127.0.0.0/8"),), now=clock)
    with setup.closing:
        auth = ClientCredentials(setup, Client(setup, system.url), "hub", secret, path="token")
        Client(setup, system.url, auth=auth).json("/schools")


def test_a_token_is_used_until_shortly_before_its_end(system: Plain) -> None:
    """Run after run goes on with the token that is kept; a new one is taken a minute before it ends."""
    tokens, clock = TokensInMemory(), _Clock()
    for seconds in (0, 1800, 1700, 60):
        clock.at += seconds
        _ask(system, tokens, clock)
    assert system.asked.count("POST /token") == 2


def test_a_token_that_is_not_good_any_more_is_renewed_once(system: Plain) -> None:
    """After 401 one new token is taken and the request is sent again."""
    tokens, clock = TokensInMemory(), _Clock()
    _ask(system, tokens, clock)
    system.expire_tokens()
    _ask(system, tokens, clock)
    assert system.asked.count("POST /token") == 2


def test_a_wrong_secret_is_refused_without_a_loop(system: Plain) -> None:
    """Who is not let in asks no further."""
    with pytest.raises(AccessRefused) as caught:
        _ask(system, TokensInMemory(), _Clock(), "another-made-up-secret")
    assert ("made-up" in str(caught.value), len(system.asked)) == (False, 1)


def test_a_signature_covers_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter with blanks and quotes is signed as RFC 5849 has it; the vector was made with another signer."""
    monkeypatch.setattr(rfc5849, "generate_nonce", lambda: "abc123")
    setup = Setup(KIND, now=lambda: datetime.fromtimestamp(1_790_000_000, UTC))
    signed = Signed(setup, "ckey", "csec", method="HMAC-SHA256")
    query = "filter=status%3D%27active%27%20AND%20role%3D%27student%27&limit=100&offset=0"
    header = signed.headers("GET", f"https://sis.example/ims/oneroster/v1p1/users?{query}")["Authorization"]
    assert 'oauth_signature="3CIoM+YI2dF7J/1j5xjSLFIy/1psvbOLm4SOWbP3ii4="' in unquote(header)
