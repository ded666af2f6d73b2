"""
The host keys by which a server is known again: pinned by an admin, compared before anything is sent.

A key is pinned by its SHA-256 fingerprint, as every program shows it, or as a whole, as `known_hosts` keeps it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rollbook.core.errors import SettingsError

_FAMILIES: dict[str, tuple[str, ...]] = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa": ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
_FINGERPRINT = re.compile(r"(?:SHA256:)?([A-Za-z0-9+/]{43})=?")
_MD5 = re.compile(r"(?:MD5:)?(?:[0-9a-f]{2}:){15}[0-9a-f]{2}", re.I)


@dataclass(frozen=True)
class Pin:
    """
    One key that is known.

    Args:
        fingerprint: `SHA256:…`

        kind: Such as `ssh-rsa`; blank when it was not said.
    """

    fingerprint: str
    kind: str = ""


def pins(text: str) -> tuple[Pin, ...]:
    """
    The keys that a setting names, one a line.

    Raises:
        SettingsError: A line names none.
    """
    return tuple(_pin(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))


def families(known: Sequence[Pin]) -> list[tuple[str, ...]]:
    """
    The algorithms by which to ask a server for its keys, in turn: a server has several, and proves one at a time.

    Only those of the known keys, where it is said of what kind they are.
    """
    kinds = {_family(pin.kind) for pin in known}
    return [algorithms for name, algorithms in _FAMILIES.items() if not kinds or "" in kinds or name in kinds]


def _pin(line: str) -> Pin:
    words = [word.rstrip(".,;") for word in line.split()]  # as copied from a sentence
    kind = next((word for word in words if _family(word)), "")
    for word in words:
        if found := _FINGERPRINT.fullmatch(word):
            return Pin(f"SHA256:{found[1]}", kind)
        if word.startswith("AAAA") and kind:
            return Pin(_fingerprint(word), kind)
    if any(map(_MD5.fullmatch, words)):
        raise SettingsError("host_key: an MD5 fingerprint proves nothing any more. Give the one of SHA-256: SHA256:…")
    raise SettingsError("host_key: a line is neither a fingerprint (SHA256:…) nor a public key (ssh-ed25519 AAAA…).")


def _fingerprint(key: str) -> str:
    """Of a whole public key in base 64."""
    try:
        content = base64.b64decode(key, validate=True)
    except binascii.Error:
        raise SettingsError("host_key: a public key is not whole. Copy the line again.") from None
    return f"SHA256:{base64.b64encode(hashlib.sha256(content).digest()).decode().rstrip('=')}"


def _family(kind: str) -> str:
    """`ecdsa` for `ecdsa-sha2-nistp256`; blank for what is no kind of key."""
    return next((name for name in _FAMILIES if kind == name or kind.startswith(f"{name}-sha2-")), "")
