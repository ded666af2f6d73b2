"""Which row of the roster is each record: by link, else by an agreed id or e-mail; never by a guess."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from rollbook.core.plan import Naming
from rollbook.integrations.models import Integration
from rollbook.roster import snapshot


@dataclass
class Matching:
    """
    The links of an integration as its run uses them: those stored, and those just found.

    Reads each entity's links once.
    """

    integration: Integration
    naming: Naming
    issues: list[pl.DataFrame] = field(default_factory=list)
    _links: dict[str, pl.DataFrame] = field(default_factory=dict)

    def links(self, entity: str) -> pl.DataFrame:
        """`key_hash`, `record_hash` (i64; null = compare values), `active` of every record that is linked."""
        if entity not in self._links:
            self._links[entity] = snapshot.links(self.integration, entity)
        return self._links[entity]

    def active_keys(self, entity: str) -> pl.DataFrame:
        """`key_hash` of the linked records that are active."""
        return self.links(entity).filter(pl.col("active")).select("key_hash")

    def current(self, entity: str, keys: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
        """The linked rows as they are; see `snapshot.current`."""
        return snapshot.current(self.integration, entity, keys, fields)


def matching(integration: Integration) -> Matching:
    """What the roster knows of an integration, before its records are matched."""
    return Matching(integration, snapshot.naming(integration))
