"""Who may ask: OAuth 1.0a with keys that the district has given out, judged by oauthlib; and OAuth 2."""

import secrets
import time
from typing import Any

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, RequestValidator, ResourceEndpoint

from simulators.http.messages import Request

CONSUMER, CONSUMER_SECRET = "rollbook-consumer", "c0n5umer/secret+of=Harrow&Creek"
USER, USER_SECRET = "rollbook-user", "u5er secret of Harrow Creek"
CLOCK_SKEW = 300
TOKEN_LIFE = 3600


class _Judge(RequestValidator):  # type: ignore[misc]  # oauthlib has no types
    """One consumer with one user token; a nonce is good once."""

    allowed_signature_methods = (SIGNATURE_HMAC_SHA1,)
    timestamp_lifetime = CLOCK_SKEW
    nonce_length = (1, 64)
    enforce_ssl = False
    dummy_client = "nobody"
    dummy_access_token = "nothing"

    def __init__(self) -> None:
        super().__init__()
        self._used: dict[tuple[str, ...], float] = {}

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_access_token(self, request_token: str) -> bool:
        return bool(request_token)

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == CONSUMER

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token == USER

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return CONSUMER_SECRET

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return USER_SECRET

    def validate_realms(self, *arguments: Any, **named: Any) -> bool:
        return True

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: str,
        nonce: str,
        request: Any,
        request_token: Any = None,
        access_token: Any = None,
    ) -> bool:
        now = time.time()
        self._used = {used: at for used, at in self._used.items() if now - at < 2 * CLOCK_SKEW}
        this = (client_key, str(access_token), timestamp, nonce)
        if this in self._used:
            return False
        self._used[this] = now
        return True


class Access:
    """
    Judges requests.

    Args:
        scheme: What the server believes that it is reached by. Behind a proxy that ends TLS and does not say so it
            differs from what the client signed, and every signature is wrong.
    """

    def __init__(self, scheme: str) -> None:
        self._scheme = scheme
        self._endpoint = ResourceEndpoint(_Judge())
        self._tokens: dict[str, float] = {}

    def allows(self, request: Request) -> bool:
        if request.bearer:
            return self._tokens.get(request.bearer, 0) > time.monotonic()
        try:
            valid, _ = self._endpoint.validate_protected_resource_request(
                f"{self._scheme}://{request.host}{request.raw_path}",
                http_method=request.method,
                headers={"Authorization": request.headers.get("authorization", "")},
            )
        except ValueError:  # what stands in the header is no OAuth at all
            return False
        return bool(valid)

    def grant(self, client_id: str, client_secret: str) -> str | None:
        """A new access token; None for the wrong keys."""
        if (client_id, client_secret) != (CONSUMER, CONSUMER_SECRET):
            return None
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + TOKEN_LIFE
        return token

    def expire(self) -> None:
        """Forget all access tokens. OAuth 1.0a has none: its keys are good until the district takes them back."""
        self._tokens.clear()
