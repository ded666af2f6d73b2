"""Which row of the roster is each record: by link, else by an agreed id or e-mail; never by a guess."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import polars as pl

from rollbook.core import schema
from rollbook.core.hashing import sourced_id
from rollbook.core.identity import ORG_RULES, Matches, Rule, match_people, match_records, people_rules, role_families
from rollbook.core.issues import issue_frame
from rollbook.core.plan import LinkKind, Naming
from rollbook.integrations import options
from rollbook.integrations.models import Integration
from rollbook.roster import snapshot
from rollbook.roster.linked import Linked, linked
from rollbook.runs.ahead import Ahead
from rollbook.runs.prepare import Prepared
from rollbook.sources.sheets import Received

_FOUND = {"source_key": pl.String(), "key_hash": pl.Int64(), "sourced_id": pl.String()}


@dataclass
class Matching:
    """
    The links of an integration as its run uses them: those stored, and those just found.

    Reads what the roster holds of each entity once.

    Args:
        cross_ids, by_email: How people are recognised: see `options.matching`.
    """

    integration: Integration
    naming: Naming
    cross_ids: Sequence[str] = ()
    by_email: bool = False
    ahead: Ahead = field(default_factory=Ahead)
    issues: list[pl.DataFrame] = field(default_factory=list)
    _linked: dict[str, Linked] = field(default_factory=dict)
    _found: dict[str, pl.DataFrame] = field(default_factory=dict)

    @contextmanager
    def reading_ahead(self, received: Received) -> Iterator[None]:
        """Read what the roster holds of the records to come, beside what the caller does."""
        sheets = [received.layout.sheet(name) for name in received.landing.sheets]
        coming = {rule.entity for sheet in sheets for rule in sheet.rules}
        rows = sum(file.rows for file in received.landing.files)
        with self.ahead.reading(rows if self.integration.applied_runs else 0):
            for entity in schema.ENTITIES:
                if entity.name in coming:
                    self.ahead.ask(linked, self.integration, entity.name)
            self.ahead.ask(*self._people_of_others)
            yield

    @property
    def _people_of_others(self) -> tuple[Callable[..., pl.DataFrame], Integration, tuple[str, ...]]:
        """What reads the people among whom new ones are looked for."""
        columns = ("given_name", "family_name", *(c for rule in self._rules for c in rule.columns))
        return snapshot.people_of_others, self.integration, tuple(dict.fromkeys(columns))

    @property
    def _rules(self) -> tuple[Rule, ...]:
        rules = people_rules(self.cross_ids)
        return rules if self.by_email else rules[:-1]

    def links(self, entity: str) -> pl.DataFrame:
        """`key_hash`, `record_hash` (i64; null = compare values), `active` of every record that is linked."""
        return self._held(entity).links

    def schools(self, entity: str) -> pl.DataFrame:
        """`scope` (roster id of the school, or "") and `count` of the integration's own active rows."""
        return self._held(entity).schools

    def _held(self, entity: str) -> Linked:
        if entity not in self._linked:
            self._linked[entity] = self.ahead.get(linked, self.integration, entity)
        return self._linked[entity]

    def active_keys(self, entity: str) -> pl.DataFrame:
        """`key_hash` of the linked records that are active."""
        return self.links(entity).filter(pl.col("active")).select("key_hash")

    def current(self, entity: str, records: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
        """The rows linked to `records`; see `snapshot.current`. Rows found just now have the link kind `new`."""
        ids = sourced_id(self.naming.namespace, entity, "source_key").alias("sourced_id")
        stored = snapshot.current(self.integration, entity, records.select("key_hash", ids), fields)
        found = self._found.get(entity)
        if found is None:
            return stored
        rows = snapshot.rows_by_id(entity, found["sourced_id"], fields).drop("key_hash", "source_key")
        new = found.join(rows, on="sourced_id", how="inner").with_columns(link=pl.lit(LinkKind.NEW.value))
        return pl.concat([stored, new.select(stored.columns)])

    def match(self, prepared: Prepared) -> None:
        """Find rows of others for records that have no link yet; what is uncertain becomes an issue."""
        self._match_orgs(prepared)
        self._match_people(prepared)
        self._match_demographics(prepared)

    def _match_orgs(self, prepared: Prepared) -> None:
        known = snapshot.of_others(self.integration, "org", ["identifier", "state_identifier"])
        if known.is_empty() or "org" not in prepared.records:
            return
        self._keep("org", prepared, match_records(self._new("org", prepared), known.lazy(), rules=ORG_RULES).matched)

    def _match_people(self, prepared: Prepared) -> None:
        known = self.ahead.get(*self._people_of_others)
        if known.is_empty() or "user" not in prepared.records:
            return
        new = self._new("user", prepared)
        if "role" in prepared.records:
            families = role_families(prepared.records["role"]).rename({"user": "source_key"})
            new = new.join(families, on="source_key", how="left")
        if "birth_date" in prepared.fields.get("demographics", ()):
            births = prepared.records["demographics"].select(pl.col("user").alias("source_key"), "birth_date")
            new = new.join(births, on="source_key", how="left")
        families = role_families(pl.LazyFrame(known.select(pl.col("sourced_id").alias("user"), "role")).explode("role"))
        old = known.lazy().join(families.rename({"user": "sourced_id"}), on="sourced_id", how="left")
        found = match_people(new, old, rules=self._rules)
        self._keep("user", prepared, found.matched)
        self._tell(found)

    def _match_demographics(self, prepared: Prepared) -> None:
        """A person has one set of demographics, whoever sent it first."""
        people = self._found.get("user")
        if people is None or "demographics" not in prepared.records:
            return
        known = snapshot.demographics_of(people["sourced_id"])
        records = prepared.records["demographics"].select(demographics="source_key", source_key="user").collect()
        pairs = records.join(people, on="source_key").join(known, left_on="sourced_id", right_on="user")
        self._keep("demographics", prepared, pairs.select(source_key="demographics", sourced_id="demographics_id"))

    def _new(self, entity: str, prepared: Prepared) -> pl.LazyFrame:
        return (
            prepared.records[entity].filter(~pl.col("ended")).join(self.links(entity).lazy(), on="key_hash", how="anti")
        )

    def _keep(self, entity: str, prepared: Prepared, matched: pl.DataFrame) -> None:
        if matched.is_empty():
            return
        keys = prepared.records[entity].select("source_key", "key_hash").join(matched.lazy(), on="source_key").collect()
        self._found[entity] = keys.select(*_FOUND)
        others = dict(self.naming.others)
        more = keys.select("source_key", "sourced_id")
        others[entity] = pl.concat([others[entity], more]) if entity in others else more
        self.naming = Naming(self.naming.namespace, others)
        found = keys.select("key_hash", record_hash=pl.lit(None, pl.Int64), active=pl.lit(True))
        held = self._held(entity)
        self._linked[entity] = replace(held, links=pl.concat([held.links, found]))

    def _tell(self, found: Matches) -> None:
        entity = pl.lit("user").alias("entity")
        key = pl.col("source_key").alias("key")
        for code, frame, detail in (
            ("person-matched", found.matched, pl.col("rule")),
            ("ambiguous-match", found.ties, pl.col("rule")),
            ("possible-duplicate", found.suggestions, pl.col("reason")),
        ):
            self.issues.append(
                issue_frame(frame.select(pl.lit(code).alias("code"), entity, key, detail.alias("detail")))
            )


def matching(integration: Integration) -> Matching:
    """What the roster knows of an integration, before its records are matched."""
    return Matching(integration, snapshot.naming(integration), *options.matching(integration))
