"""
Which known record is this? Ordered rules for what comes without a link of its own integration.

A rule names the columns whose values tell a record: a state id, an e-mail address. A value only counts when
it belongs to one record on each side, and a pair only when neither side has another. What a rule cannot tell
apart is a tie: it is reported and never matched, not even by a later rule. A likeness of names is no rule at
all: it is a suggestion for a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

EMAILS = ("email", "email_2", "email_3", "email_4", "email_5")
LIKENESS = ("given_name", "family_name", "birth_date")

# A value that more records than this share (a placeholder) gives no suggestions.
_SUGGESTED_AT_MOST = 10

_FAMILIES = {
    "student": ("student", "applicant", "alumnus"),
    "guardian": ("parent", "guardian", "relative", "contact"),
    "staff": (
        "teacher", "aide", "counselor", "principal", "proctor", "staff", "volunteer",
        "siteAdministrator", "districtAdministrator", "systemAdministrator",
    ),
}  # fmt: skip
_FAMILY_OF = {role: family for family, roles in _FAMILIES.items() for role in roles}


@dataclass(frozen=True)
class Rule:
    """
    One way to tell that two records are the same.

    Args:
        name: For reports.

        columns: Any value of these on one side may equal any of these on the other.

        within: A list column of which both must share a value, too; "" = none.

        folded: Case does not matter.

        unless: Columns that must not differ where both sides fill them: the address of a person who left
            is given to another.
    """

    name: str
    columns: tuple[str, ...]
    within: str = ""
    folded: bool = False
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matches:
    """
    What is known about incoming records, and what only a person can say.

    Args:
        matched: `source_key`, `sourced_id`, `rule`; each record at most once.

        ties: `source_key`, `rule`, `count`: how many records contend, 1 where the only one contradicts.

        suggestions: `source_key`, `sourced_id`, `reason`: the name of the rule that ended in a tie, or `likeness`.
    """

    matched: pl.DataFrame
    ties: pl.DataFrame
    suggestions: pl.DataFrame


ORG_RULES = (
    Rule("state_identifier", ("state_identifier",)),
    Rule("identifier", ("identifier",)),
)


def people_rules(cross_ids: Iterable[str]) -> tuple[Rule, ...]:
    """
    The rules for people: the cross ids that were agreed with the sender, in their order, then e-mail.

    An address only counts within the role families student, staff and guardian, and never against a cross id
    or a birth date: brothers share their mother's address.
    """
    ids = tuple(cross_ids)
    email = Rule("email", EMAILS, within="role_families", folded=True, unless=(*ids, "birth_date"))
    return (*(Rule(name, (name,)) for name in ids), email)


def role_families(roles: pl.LazyFrame) -> pl.LazyFrame:
    """`user`, `role_families`: the families of a person's roles, for `match_people`."""
    family = pl.col("role").replace_strict(_FAMILY_OF, default=None, return_dtype=pl.String)
    return roles.group_by("user").agg(family.drop_nulls().unique().sort().alias("role_families"))


def match_people(incoming: pl.LazyFrame, known: pl.LazyFrame, *, rules: Sequence[Rule]) -> Matches:
    """
    Match people; equal first name, last name and birth date are suggestions.

    Args:
        incoming: New records of users without a link: `source_key`, `role_families` (list) and canonical columns,
            with `birth_date` of their demographics.

        known: Users of the tenant that this integration has no link to: `sourced_id` and the same columns.

        rules: See `people_rules`.
    """
    new, old = _collected(incoming, "source_key", rules, LIKENESS), _collected(known, "sourced_id", rules, LIKENESS)
    found = _match(new, old, rules)
    alike = _alike(
        new.join(found.matched, on="source_key", how="anti"), old.join(found.matched, on="sourced_id", how="anti")
    )
    suggestions = pl.concat([found.suggestions, alike]).unique(["source_key", "sourced_id"], keep="first")
    return replace(found, suggestions=suggestions.sort("source_key", "sourced_id"))


def match_records(incoming: pl.LazyFrame, known: pl.LazyFrame, *, rules: Sequence[Rule]) -> Matches:
    """
    Match records of any entity by rules alone, for example orgs by `ORG_RULES`.

    The result does not depend on the order of rows. Columns that a frame lacks count as blank.
    """
    return _match(_collected(incoming, "source_key", rules), _collected(known, "sourced_id", rules), rules)


def _collected(frame: pl.LazyFrame, key: str, rules: Sequence[Rule], more: Iterable[str] = ()) -> pl.DataFrame:
    """The columns that the rules read; blank ones for those that the frame lacks."""
    lists = dict.fromkeys(rule.within for rule in rules if rule.within)
    texts = dict.fromkeys([*(name for rule in rules for name in (*rule.columns, *rule.unless)), *more])
    there = set(frame.collect_schema())
    types: dict[str, pl.DataType] = {**dict.fromkeys(lists, pl.List(pl.String)), **dict.fromkeys(texts, pl.String())}
    columns = (pl.col(n) if n in there else pl.lit(None, dtype).alias(n) for n, dtype in types.items())
    return frame.select(key, *columns).collect()


# One rule after the other ----------------------------------------------------------------------------


def _match(new: pl.DataFrame, old: pl.DataFrame, rules: Sequence[Rule]) -> Matches:
    text = pl.String
    matched = [pl.DataFrame(schema={"source_key": text, "sourced_id": text, "rule": text})]
    ties = [pl.DataFrame(schema={"source_key": text, "rule": text, "count": pl.UInt32})]
    suggestions = [pl.DataFrame(schema={"source_key": text, "sourced_id": text, "reason": text})]
    free_new, free_old = new, old
    for rule in rules:
        shared = _shared(_keys(new, "source_key", rule), _keys(old, "sourced_id", rule))
        pairs = _pairs(shared, rule, new, old)
        good = pairs.filter("is_clear").join(free_new, on="source_key", how="semi")
        good = good.join(free_old, on="sourced_id", how="semi")
        free_new = free_new.join(good, on="source_key", how="anti")
        free_old = free_old.join(good, on="sourced_id", how="anti")
        left = _Shared(
            shared.new.join(free_new, on="source_key", how="semi"),
            shared.old.join(free_old, on="sourced_id", how="semi"),
        )
        tied = _ties(left, pairs)
        free_new = free_new.join(tied, on="source_key", how="anti")
        name = pl.lit(rule.name)
        matched.append(good.select("source_key", "sourced_id", rule=name))
        ties.append(tied.select("source_key", name.alias("rule"), "count"))
        suggestions.append(_contenders(left).with_columns(reason=name))
    matches = pl.concat(matched).sort("source_key")
    free = pl.concat(suggestions).join(matches, on="sourced_id", how="anti")
    return Matches(matches, pl.concat(ties).sort("source_key"), free.sort("source_key", "sourced_id"))


@dataclass(frozen=True)
class _Shared:
    """
    Who has a value that the other side has too.

    `new`: `source_key`, `key`; `old`: `sourced_id`, `key`; both with `new_count` and `old_count`, the records
    that have the value. Never joined as they are: a placeholder of a thousand records would give a million pairs.
    """

    new: pl.DataFrame
    old: pl.DataFrame


def _keys(frame: pl.DataFrame, record: str, rule: Rule) -> pl.DataFrame:
    """`record`, `key`: each value that tells the record, once."""
    within = [rule.within] if rule.within else []
    keys = pl.concat(frame.select(record, *within, key=_clean(pl.col(c), rule.folded)) for c in rule.columns)
    if within:
        keys = keys.explode(rule.within, empty_as_null=True).drop_nulls(rule.within)
        keys = keys.select(record, key=pl.concat_str(rule.within, "key", separator=" "))
    return keys.drop_nulls("key").unique()


def _clean(column: pl.Expr, folded: bool) -> pl.Expr:
    """Without outer blanks, and where case does not matter without case, doubled blanks and look-alikes."""
    text = column.str.strip_chars()
    if folded:
        text = text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ")
    return pl.when(text != "").then(text)


def _shared(new: pl.DataFrame, old: pl.DataFrame) -> _Shared:
    counts = new.group_by("key").len("new_count").join(old.group_by("key").len("old_count"), on="key")
    return _Shared(new.join(counts, on="key"), old.join(counts, on="key"))


def _pairs(shared: _Shared, rule: Rule, new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """`source_key`, `sourced_id`, `contenders`, `is_clear`: who shares a value that nobody else on their side has."""
    alone = (pl.col("new_count") == 1) & (pl.col("old_count") == 1)
    pairs = (
        shared.new.filter(alone).join(shared.old.filter(alone), on="key").select("source_key", "sourced_id").unique()
    )
    both = pairs.join(new, on="source_key").join(old, on="sourced_id", suffix="_of_known")
    differs = [_clean(pl.col(c), True) != _clean(pl.col(f"{c}_of_known"), True) for c in rule.unless]
    contenders = pl.max_horizontal(pl.len().over("source_key"), pl.len().over("sourced_id"))
    is_contradicted = pl.any_horizontal(pl.lit(False), *(d.fill_null(False) for d in differs))
    return both.select("source_key", "sourced_id", contenders=contenders, is_clear=(contenders == 1) & ~is_contradicted)


def _ties(left: _Shared, pairs: pl.DataFrame) -> pl.DataFrame:
    """`source_key`, `count`: who is not matched, though a record that nobody is matched with has their value."""
    most = pl.max_horizontal("new_count", "old_count", pl.col("contenders").fill_null(1)).max().alias("count")
    contenders = pairs.group_by("source_key").agg(pl.col("contenders").max())
    claims = left.new.join(left.old, on="key", how="semi")
    return claims.join(contenders, on="source_key", how="left").group_by("source_key").agg(most)


def _contenders(left: _Shared) -> pl.DataFrame:
    """`source_key`, `sourced_id` of ties that a person can look through."""
    few = (pl.col("new_count") <= _SUGGESTED_AT_MOST) & (pl.col("old_count") <= _SUGGESTED_AT_MOST)
    return left.new.filter(few).join(left.old.filter(few), on="key").select("source_key", "sourced_id").unique()


# Likeness --------------------------------------------------------------------------------------------


def _alike(new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
    """`source_key`, `sourced_id`, `reason`: people of the same name and birth date."""
    shared = _shared(_likeness(new, "source_key"), _likeness(old, "sourced_id"))
    return _contenders(shared).with_columns(reason=pl.lit("likeness"))


def _likeness(frame: pl.DataFrame, record: str) -> pl.DataFrame:
    facts = [_clean(pl.col(name), True) for name in LIKENESS]
    return frame.select(record, key=pl.concat_str(facts, separator=" | ")).drop_nulls("key")
