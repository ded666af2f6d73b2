"""The hub's own secret keys, kept in files that only its owner can read."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

_SHORTEST = 32
_SAMPLES = ("change-me", "changeme", "change_me", "django-insecure", "example", "sample", "secret", "your-")


def is_weak(key: str) -> bool:
    """Whether a key is short, or came out of a manual."""
    return len(key) < _SHORTEST or any(sample in key.lower() for sample in _SAMPLES)


def read_or_make_key(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(50)) -> str:
    """
    The key in `path`, made on first use.

    Two processes that start together end with the same key: the file is made whole and linked into
    place, and whoever comes second reads the first one's.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make(), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()
