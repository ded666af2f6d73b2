"""How one integration's rows are to be understood."""

from dataclasses import dataclass, field

from rollbook.core.layout import Layout
from rollbook.core.values import Reading


@dataclass(frozen=True)
class Terms:
    """
    What the checks and the mapping need to know beside the rows.

    Args:
        family: The family identifier rule: which values must agree; none = no households.

        only: Filters that belong to the integration: `grades`, `schools` (source keys or identifiers); none = all.
    """

    layout: Layout
    reading: Reading = field(default_factory=Reading)
    family: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = field(default_factory=dict)
