"""
What the log knows of where it stands: which run, of which tenant, on which worker.

    with logs.about(run=7, tenant="northfield"):
        ...  # every record of this thread says so
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_FACTS: ContextVar[Mapping[str, object]] = ContextVar("facts", default={})  # noqa: B039 - never changed in place


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Within the block each record of this thread carries the facts: numbers and short names, never a person's."""
    token = _FACTS.set({**_FACTS.get(), **facts})
    try:
        yield
    finally:
        _FACTS.reset(token)


def facts() -> Mapping[str, object]:
    """What holds here and now."""
    return _FACTS.get()
