"""
Limits that a plan must respect before its first write; what breaks one waits for a person.

Every limit is judged in each school and, where records belong to more than one, over the whole tenant: many
small schools together must not slip through, nor one small school in a big district. A handful of records
is never held, unless it is all that a school has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import polars as pl

from rollbook.core import schema
from rollbook.core.errors import SettingsError

# Below this many people with new keys nobody is alarmed.
_SAME_PEOPLE_AT_LEAST = 5


@dataclass(frozen=True)
class Limits:
    """
    What a plan may do unasked, in percent; None = no limit.

    Args:
        deactivate: Of the active records of an entity in a school.

        update: Likewise.

        create: Likewise, after the first load.

        reject: Of the received rows of an entity.

        changed_ids: Of the deactivated people: how many come back as new ones.

        spare: This many records or fewer are never held.
    """

    deactivate: int | None = 10
    update: int | None = 75
    create: int | None = 25
    reject: int | None = 5
    changed_ids: int | None = 50
    spare: int = 5


@dataclass(frozen=True)
class Held:
    """
    One limit that a plan breaks.

    Args:
        scope: The source key of the school; "" for the whole tenant.

        action: create, update, deactivate, reject or changed_ids.

        of: What `count` is a part of.

        limit: Percent.
    """

    scope: str
    entity: str
    action: str
    count: int
    of: int
    limit: int


def parse_limits(settings: Mapping[str, str]) -> Limits:
    """
    The limits of an integration's settings: `limit_deactivate=10`, `limit_create=off`, `limit_spare=5` …

    What is absent or blank keeps its default; settings of other names are none of ours.

    Raises:
        SettingsError: A value is neither a whole percentage nor `off`.
    """
    given = {field.name: settings.get(f"limit_{field.name}", "").strip() for field in fields(Limits)}
    limits: dict[str, Any] = {name: _limit(name, text) for name, text in given.items() if text}
    return Limits(**limits)


def _limit(name: str, text: str) -> int | None:
    if text.lower() == "off" and name != "spare":
        return None
    if not (text.isascii() and text.isdecimal()) or (name != "spare" and int(text) > 100):
        wanted = "a whole number" if name == "spare" else "a whole number from 0 to 100, or off"
        raise SettingsError(f"The setting limit_{name} must be {wanted}, not {text!r}.")
    return int(text)


# Judging a plan --------------------------------------------------------------------------------------


def guard(
    existing: pl.DataFrame,
    planned: pl.DataFrame,
    *,
    limits: Limits,
    is_first_load: bool = False,
    rows: pl.DataFrame | None = None,
    people: pl.DataFrame | None = None,
) -> list[Held]:
    """
    List the limits that a plan breaks; an empty list may be applied unasked.

    Args:
        existing: Active records before the plan: `scope` (the school's source key; "" where a record belongs to
            none), `entity`, `count`.

        planned: `scope`, `entity`, `action`, `count`.

        is_first_load: The integration has applied nothing yet: creates and updates are expected.

        rows: `entity`, `received`, `rejected`.

        people: Users that the plan creates or deactivates, for the changed-ids check: `action`, `given_name`,
            `family_name`, `birth_date`, `email`.

    Returns:
        Sorted by scope, entity and action, the whole tenant first.
    """
    counts = _widened(_side_by_side(existing, planned))
    held = [*_held(counts, "deactivate", limits.deactivate, limits.spare), *_emptied(counts, limits)]
    if not is_first_load:
        held += _held(counts, "update", limits.update, limits.spare)
        held += _held(counts, "create", limits.create, limits.spare)
    if rows is not None:
        rejected = rows.select("entity", scope=pl.lit(""), existing="received", reject="rejected")
        held += _held(rejected, "reject", limits.reject, limits.spare)
    if people is not None and (found := changed_ids(people, limits)):
        held.append(found)
    return sorted(set(held), key=lambda h: (h.scope, h.entity, h.action))


_ACTIONS = ("create", "update", "deactivate")


def _side_by_side(existing: pl.DataFrame, planned: pl.DataFrame) -> pl.DataFrame:
    """`scope`, `entity`, `existing` and one count for each action."""
    where = ["scope", "entity"]
    before = existing.group_by(where).agg(pl.col("count").sum().cast(pl.Int64).alias("existing"))
    sums = (pl.col("count").filter(pl.col("action") == a).sum().cast(pl.Int64).alias(a) for a in _ACTIONS)
    plan = planned.group_by(where).agg(*sums)
    return before.join(plan, on=where, how="full", coalesce=True).with_columns(
        pl.col("existing", *_ACTIONS).fill_null(0)
    )


def _widened(counts: pl.DataFrame) -> pl.DataFrame:
    """The schools and, for an entity of more than one scope, the whole tenant as scope ""."""
    numbers = pl.col("existing", *_ACTIONS).sum()
    tenant = counts.group_by("entity").agg(numbers, pl.len().alias("scopes"), pl.col("scope").first())
    is_wide = (pl.col("scopes") > 1) | (pl.col("scope") == "")
    whole = tenant.filter(is_wide).with_columns(scope=pl.lit("")).select(counts.columns)
    return pl.concat([counts.filter(pl.col("scope") != ""), whole])


def _held(counts: pl.DataFrame, action: str, limit: int | None, spare: int) -> list[Held]:
    if limit is None:
        return []
    count = pl.col(action)
    over = counts.filter((count > spare) & (count * 100 > pl.col("existing") * limit))
    return _listed(over, action, limit)


def _emptied(counts: pl.DataFrame, limits: Limits) -> list[Held]:
    """Schools that would lose all records of an entity, however few; one record alone is no school's all."""
    if limits.deactivate is None:
        return []
    loses_all = (pl.col("deactivate") >= pl.col("existing")) & (pl.col("deactivate") > 1)
    return _listed(counts.filter((pl.col("scope") != "") & loses_all), "deactivate", limits.deactivate)


def _listed(counts: pl.DataFrame, action: str, limit: int) -> list[Held]:
    found = counts.select("scope", "entity", action, "existing").rows()
    return [Held(scope, entity, action, count, of, limit) for scope, entity, count, of in found]


def changed_ids(people: pl.DataFrame, limits: Limits) -> Held | None:
    """
    The sign that the sender gave its people new keys: who is deactivated comes back as new.

    A person is the same when first name, last name and birth date agree, or the e-mail address does.
    """
    if limits.changed_ids is None:
        return None
    names = [_folded(name) for name in ("given_name", "family_name", "birth_date")]
    told = people.with_columns(likeness=pl.concat_str(names, separator=" | "), address=_folded("email"))
    gone, new = (told.filter(pl.col("action") == action) for action in ("deactivate", "create"))
    comes_back = [
        pl.col(key).is_not_null() & pl.col(key).is_in(new[key].drop_nulls().unique().implode())
        for key in ("likeness", "address")
    ]
    count = gone.filter(pl.any_horizontal(comes_back)).height
    if count < _SAME_PEOPLE_AT_LEAST or count * 100 < gone.height * limits.changed_ids:
        return None
    return Held("", "user", "changed_ids", count, gone.height, limits.changed_ids)


def _folded(name: str) -> pl.Expr:
    text = pl.col(name).str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(text != "").then(text)


# In words --------------------------------------------------------------------------------------------

_WOULD = {"update": "changed", "deactivate": "deactivated"}


def sentence(held: Held, schools: Mapping[str, str] | None = None) -> str:
    """
    What would happen, what the limit is, and that nothing was changed.

    Args:
        schools: Source key -> name; a school that is not in it goes by its key.
    """
    school = (schools or {}).get(held.scope, held.scope)
    return f"{_happening(held, f' of {school}' if school else '')} Nothing was changed."


def _happening(held: Held, where: str) -> str:
    plural = schema.entity(held.entity).plural
    share = f" ({held.count / held.of:.1%})" if held.of else ""
    allowed = f"this integration allows {held.limit}%."
    if held.action == "changed_ids":
        return (
            f"{held.count:,} of {held.of:,} people to be deactivated{share} would come back as new people: "
            f"their ids seem to have changed; {allowed}"
        )
    if held.action == "reject":
        return f"{held.count:,} of {held.of:,} rows of {plural}{share} were rejected; {allowed}"
    if held.action == "create":
        return f"{held.count:,} {plural}{where} would be created beside {held.of:,} existing{share}; {allowed}"
    return f"{held.count:,} of {held.of:,} {plural}{where}{share} would be {_WOULD[held.action]}; {allowed}"
