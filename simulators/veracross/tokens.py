"""Tokens of the accounts host, and how many requests each still has."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

LIVE_TOKENS = 10


class Refused(Exception):
    """A token cannot do this; the text says why, as the API does."""


@dataclass
class Window:
    """The requests of one token, or of one account, in the time from its first request on."""

    ends: float = 0.0
    left: int = 0


@dataclass(frozen=True)
class Token:
    text: str
    scopes: frozenset[str]
    created: float
    seconds: int


@dataclass
class Tokens:
    """
    The tokens of one OAuth application: never more than ten live ones, since an eleventh revokes the oldest.

    Args:
        clock: Seconds since 1970, as far as the accounts host knows.
    """

    clock: Callable[[], float]
    seconds: int
    _known: dict[str, Token] = field(default_factory=dict)
    _revoked: set[str] = field(default_factory=set)

    def issue(self, scopes: frozenset[str]) -> Token:
        token = Token(secrets.token_urlsafe(24), scopes, self.clock(), self.seconds)
        live = self.live()
        if len(live) >= LIVE_TOKENS:
            self.revoke(live[0].text)
        self._known[token.text] = token
        return token

    def live(self) -> list[Token]:
        """The tokens that are good, the oldest first."""
        return [one for one in self._known.values() if one.text not in self._revoked and self._lives(one)]

    def revoke(self, text: str) -> None:
        self._revoked.add(text)

    def expire(self) -> None:
        """Let every token that was given out stop being good."""
        self._known = {text: Token(text, one.scopes, 0, 0) for text, one in self._known.items()}

    def find(self, text: str) -> Token:
        """
        The token that a request brought.

        Raises:
            Refused: It brought none, or one that is not good.
        """
        if not text:
            raise Refused("No bearer token was provided in the Authorization header")
        token = self._known.get(text)
        if token is None:
            raise Refused("The access token is invalid")
        if text in self._revoked:
            raise Refused("The access token was revoked")
        if not self._lives(token):
            raise Refused("The access token expired")
        return token

    def _lives(self, token: Token) -> bool:
        return self.clock() < token.created + token.seconds


@dataclass
class Rates:
    """So many requests in so many seconds, counted for each token or account from its first request."""

    clock: Callable[[], float]
    limit: int
    seconds: int
    _windows: dict[str, Window] = field(default_factory=dict)

    def take(self, whose: str) -> tuple[bool, Window]:
        """Whether one more request is allowed, and the window in which it was counted."""
        window = self._windows.get(whose)
        if window is None or self.clock() >= window.ends:
            window = self._windows[whose] = Window(self.clock() + self.seconds, self.limit)
        allowed = window.left > 0
        window.left -= allowed
        return allowed, window
