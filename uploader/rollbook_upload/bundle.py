"""The hub's signed rules: fetched when they changed, proven, and kept beside the configuration."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

from rollbook_upload.ed25519 import is_signed
from rollbook_upload.errors import Untrusted
from rollbook_upload.preflight.rules import Rules, UnknownFormat


class Rulebook:
    """
    The rules at hand.

    Args:
        path: Where they are kept.

        key: The key that signs them, in base64, as it is pinned in the configuration.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._key = path, key
        self._said = self._kept()

    @property
    def digest(self) -> str:
        """What tells these rules from others; blank without any."""
        return str(self._said["digest"]) if self._said else ""

    def rules(self) -> Rules | None:
        """The rules; None without any, or when this program is too old for them."""
        try:
            return Rules(self._said) if self._said else None
        except UnknownFormat:
            return None

    def take(self, bundle: bytes) -> None:
        """
        Keep newer rules.

        Raises:
            Untrusted: They are not signed by the hub, or are older than those at hand.
        """
        said = self._proven(bundle)
        if self._said and said["issued"] < self._said["issued"] and said["digest"] != self._said["digest"]:
            raise Untrusted(
                "The rules that came are older than those at hand. They were not taken, and nothing was sent. "
                "Ask the hub's specialist; if the hub was set back, remove " + self._path.name
            )
        draft = self._path.with_name(self._path.name + ".new")
        draft.write_bytes(bundle)
        draft.replace(self._path)
        self._said = said

    def _kept(self) -> dict[str, Any] | None:
        """Those of before; what cannot be proven any more is as good as none."""
        try:
            return self._proven(self._path.read_bytes())
        except (OSError, Untrusted):
            return None

    def _proven(self, bundle: bytes) -> dict[str, Any]:
        try:
            parts = json.loads(bundle)
            payload, signature = base64.b64decode(parts["payload"]), base64.b64decode(parts["signature"])
            key = base64.b64decode(self._key, validate=True)
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise Untrusted("What came as the hub's rules is damaged. It was not taken; nothing was sent.") from None
        if not is_signed(key, payload, signature):
            raise Untrusted(
                "The rules are not signed with the key in the configuration (rules_key). They were not taken, and "
                "nothing was sent. Ask the hub's specialist for the right key."
            )
        said: dict[str, Any] = json.loads(payload)
        return said
