"""Proving who asks: OAuth 2 client credentials, OAuth 1.0a signatures, and headers that never change."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from rollbook.core.errors import SourceRefused
from rollbook.sources.base import Setup, Token
from rollbook.sources.http import AccessRefused, Client, NotThere

_EARLY = 60.0
"""Seconds before its end at which a token is not used any more."""


@dataclass
class ClientCredentials:
    """
    OAuth 2 with client credentials (RFC 6749 section 4.4). The token is kept between runs and shared by all workers.

    Args:
        client: To the host that gives tokens out; its base is the address of the tokens unless `path` adds to it.

        style: Whether id and secret go into the header (HTTP Basic) or into the form.

        lifetime: Seconds, where the answer does not say.

        form: Further fields of the form.
    """

    setup: Setup
    client: Client
    client_id: str
    client_secret: str = field(repr=False)
    path: str = ""
    scope: str = ""
    style: Literal["basic", "body"] = "basic"
    lifetime: float = 3600.0
    form: Mapping[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The bearer token; a new one where none is kept that is still good."""
        return {"Authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        """
        A token that is still good.

        Raises:
            AccessRefused: The id and the secret are not accepted.

            SourceUnavailable: Try again later.
        """
        with self._lock:
            kept = self.setup.tokens.get(self._name)
            if kept is None or kept.expires <= self.setup.now().timestamp() + _EARLY:
                kept = self._new()
                self.setup.tokens.put(self._name, kept)
            return kept.text

    def renew(self) -> bool:
        """Forget the token that was refused."""
        self.setup.tokens.drop(self._name)
        return True

    @property
    def _name(self) -> str:
        return f"{self.client.base_url}/{self.path} {self.client_id} {self.scope}"

    def _new(self) -> Token:
        form = {"grant_type": "client_credentials", **self.form}
        form |= {"scope": self.scope} if self.scope else {}
        headers = {}
        if self.style == "basic":
            headers = basic(self.client_id, self.client_secret)
        else:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        answer = self._asked(form, headers)
        text = answer.get("access_token")
        if not isinstance(text, str) or not text:
            raise SourceRefused(
                f"{self.client.host} answered the sign-in without a token. Nothing was changed. Check the address."
            )
        return Token(text, self.setup.now().timestamp() + _seconds(answer.get("expires_in"), self.lifetime))

    def _asked(self, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, object]:
        try:
            answer = self.client.post_form(self.path, form, headers).json()
            return answer if isinstance(answer, dict) else {}
        except (AccessRefused, NotThere):
            raise
        except SourceRefused as error:  # 400 invalid_client, invalid_scope
            raise AccessRefused(
                f"{self.client.host} refused the sign-in. Nothing was changed. "
                "Check the id, the secret and the scopes.",
                401,
            ) from error


def _seconds(said: object, otherwise: float) -> float:
    """A lifetime as it was sent: a number, a number as text, or nothing."""
    try:
        return float(str(said))
    except ValueError:
        return otherwise


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic (RFC 7617)."""
    from base64 import b64encode

    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


@dataclass
class Signed:
    """
    OAuth 1.0a (RFC 5849): every request is signed. Without a user's token it is two-legged.

    Args:
        method: `HMAC-SHA1` or `HMAC-SHA256`.
    """

    setup: Setup
    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str = ""
    token_secret: str = field(default="", repr=False)
    method: str = "HMAC-SHA1"

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The signature of this very request; another nonce each time."""
        from oauthlib.oauth1 import Client as Signer

        signer = Signer(
            self.consumer_key,
            client_secret=self.consumer_secret,
            resource_owner_key=self.token or None,
            resource_owner_secret=self.token_secret or None,
            signature_method=self.method,
            timestamp=str(int(self.setup.now().timestamp())),
        )
        # The signer wants a blank in a query as it is signed, %20: a + would be another value.
        parts = urlsplit(url)
        whole = parts._replace(query=parts.query.replace("+", "%20")).geturl()
        _, headers, _ = signer.sign(whole, http_method=method)
        return dict(headers)

    def renew(self) -> bool:
        """A signature that was refused is not accepted the second time either."""
        return False
