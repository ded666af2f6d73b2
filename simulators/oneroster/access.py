"""Who may read what: OAuth 2 client credentials with scopes, and OAuth 1 signatures that oauthlib verifies."""

import itertools
import threading
import time
from collections.abc import Mapping
from typing import Any

from oauthlib.oauth1 import RequestValidator, SignatureOnlyEndpoint

from simulators.http.messages import Answer, Request, as_json
from simulators.oneroster.refusals import Refused

CLIENT_ID, CLIENT_SECRET = "harrow-creek-key", "s3cret/with+signs=&50%"
SCOPES = ("roster-core.readonly", "roster.readonly", "roster-demographics.readonly")
OPTIONS = {
    "auth": "oauth2",  # oauth2; oauth1; none: an address that is open to everybody
    "token_by": "both",  # basic, body or both: how the client names itself at the token address
    "token_life": "3600",  # seconds
    "expires_in": "number",  # number; text; missing
    "token_type": "bearer",  # bearer or Bearer
    "scopes": " ".join(SCOPES),  # what the key may ask for
    "scope": "asked",  # asked: as the standard; ignored: everything the key has; refused: a scope is an error
    "signatures": "HMAC-SHA1 HMAC-SHA256",  # the methods of OAuth 1 that are accepted
}


def scope_prefix(version: str) -> str:
    return f"https://purl.imsglobal.org/spec/or/v{version.replace('.', 'p')}/scope/"


class Access:
    """What a server knows of its keys and tokens."""

    def __init__(self, version: str, options: Mapping[str, str]) -> None:
        self.version, self.options = version, options
        self._tokens: dict[str, tuple[float, set[str]]] = {}
        self._numbers = itertools.count(1)
        self._oauth1 = SignatureOnlyEndpoint(_Keys(options["signatures"].split()))

    def forget_tokens(self) -> None:
        self._tokens.clear()

    def give_token(self, request: Request) -> Answer:
        """The answer of the token address."""
        if request.form.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type")
        if self._named(request) != (CLIENT_ID, CLIENT_SECRET):
            answer = _error(401, "invalid_client")
            answer.headers["WWW-Authenticate"] = 'Basic realm="oneroster"'
            return answer
        asked, held = set(request.form.get("scope", "").split()), self._held()
        if asked and self.options["scope"] == "refused":
            return _error(400, "invalid_scope")
        if self.options["scope"] != "asked" or not asked:
            asked = held
        if asked - held:
            return _error(400, "invalid_scope")
        return self._grant(asked)

    def _held(self) -> set[str]:
        return {scope_prefix(self.version) + name for name in self.options["scopes"].split()}

    def _named(self, request: Request) -> tuple[str, str] | None:
        accepted = self.options["token_by"]
        if request.basic and accepted in ("basic", "both"):
            return request.basic
        if accepted in ("body", "both"):
            return request.form.get("client_id", ""), request.form.get("client_secret", "")
        return None

    def _grant(self, scopes: set[str]) -> Answer:
        token, life = f"tok-{next(self._numbers)}", int(self.options["token_life"])
        self._tokens[token] = (time.monotonic() + life, scopes)
        given: dict[str, Any] = {"access_token": token, "token_type": self.options["token_type"]}
        if self.options["expires_in"] != "missing":
            given["expires_in"] = str(life) if self.options["expires_in"] == "text" else life
        if self.options["scope"] == "asked":
            given["scope"] = " ".join(sorted(scopes))
        return as_json(given)

    def check(self, request: Request, *scopes: str) -> None:
        """
        Let a request pass that may read what needs one of the scopes.

        Raises:
            Refused: It may not.
        """
        match self.options["auth"]:
            case "oauth2":
                self._check_token(request.bearer, {scope_prefix(self.version) + name for name in scopes})
            case "oauth1":
                if not self._is_signed(request):
                    raise Refused(401, "The signature is missing or wrong.", WWW_Authenticate="OAuth")

    def _is_signed(self, request: Request) -> bool:
        authorization = request.headers.get("authorization", "")
        if not authorization.startswith("OAuth "):
            return False
        url = f"http://{request.host}{request.raw_path}"
        return bool(self._oauth1.validate_request(url, request.method, None, {"Authorization": authorization})[0])

    def _check_token(self, token: str, scopes: set[str]) -> None:
        ends, granted = self._tokens.get(token, (0.0, set[str]()))
        if time.monotonic() >= ends:
            raise Refused(401, "The access token is missing, unknown or expired.", WWW_Authenticate="Bearer")
        if not scopes & granted:
            raise Refused(403, "The access token does not have the scope for this.")


def _error(status: int, code: str) -> Answer:
    return as_json({"error": code, "error_description": f"The request was refused: {code}."}, status)


class _Keys(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks of a server: two-legged, so there are no user tokens."""

    enforce_ssl = False
    dummy_client = "nobody"

    def __init__(self, methods: list[str]) -> None:
        super().__init__()
        self._methods = methods
        self._used: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @property
    def allowed_signature_methods(self) -> list[str]:
        return self._methods

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == CLIENT_ID

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return CLIENT_SECRET if client_key == CLIENT_ID else "nothing"

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: str,
        nonce: str,
        request: Any,
        request_token: str | None = None,
        access_token: str | None = None,
    ) -> bool:
        """A nonce serves once."""
        with self._lock:
            is_new = (timestamp, nonce) not in self._used
            self._used.add((timestamp, nonce))
            return is_new
