"""OAuth 1: requests signed by other libraries, verified by the simulated OneRoster."""

from collections.abc import Iterator

import pytest
import requests
from oauthlib.oauth1 import Client
from requests_oauthlib import OAuth1

from simulators.district import build
from simulators.oneroster import OneRoster
from simulators.oneroster.access import CLIENT_ID, CLIENT_SECRET


@pytest.fixture(scope="module")
def server() -> Iterator[OneRoster]:
    with OneRoster(build(20), version="1.1", auth="oauth1") as server:
        yield server


def signed(server: OneRoster, method: str, secret: str = CLIENT_SECRET) -> requests.Response:
    oauth = OAuth1(CLIENT_ID, secret, signature_method=method)
    query = {"filter": "familyName!='O''Hara & Söhne' AND role='student'", "limit": "5"}
    return requests.get(f"{server.url}{server.base}/users", params=query, auth=oauth, timeout=10)


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_a_filter_is_signed_as_it_is_meant(server: OneRoster, method: str) -> None:
    """Quotes, spaces and letters of other alphabets in a query are part of the signature, decoded and coded again."""
    assert len(signed(server, method).json()["users"]) == 5


def test_a_wrong_secret_and_a_method_that_is_off_are_refused(server: OneRoster) -> None:
    """401, with a challenge for OAuth."""
    answer = signed(server, "HMAC-SHA1", secret="another")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "OAuth")
    with OneRoster(build(20), version="1.1", auth="oauth1", signatures="HMAC-SHA256") as strict:
        assert (signed(strict, "HMAC-SHA1").status_code, signed(strict, "HMAC-SHA256").status_code) == (401, 200)


def test_a_signature_serves_once(server: OneRoster) -> None:
    """The same signed request is refused the second time."""
    url, headers, _ = Client(CLIENT_ID, CLIENT_SECRET).sign(f"{server.url}{server.base}/orgs")
    found = [requests.get(url, headers=headers, timeout=10).status_code for _ in range(2)]
    assert found == [200, 401]


def test_a_request_without_a_signature_is_refused(server: OneRoster) -> None:
    """Nothing is open when OAuth 1 is on."""
    assert requests.get(f"{server.url}{server.base}/orgs", timeout=10).status_code == 401
