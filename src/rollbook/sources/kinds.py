"""The kinds of sources there are, and what each can do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceKind:
    """
    One kind of source.

    Args:
        offers_delta: It can be asked for only what has changed since the run before.
    """

    name: str
    title: str
    offers_delta: bool = False


KINDS = {kind.name: kind for kind in (SourceKind("sheets", "Data sheets"),)}
