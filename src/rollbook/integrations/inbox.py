"""
The inbox of unmapped values: what the last run of an integration met and no code mapping knew.

The values of restricted code models (race, meal status, allergies) are kept too: nobody could map what they cannot
see. They are words of the SIS's own code table, without anything that says whose they are; whoever shows them masks
them for members who may not see such codes.
"""

import polars as pl
from django.db import transaction

from rollbook.core.codes import CodeMapping, translate
from rollbook.core.issues import UNMAPPED
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.integrations.models import Integration, UnmappedValue

MOST = 1_000
"""More values than that are no codes: the column holds something else."""

_LONGEST = UnmappedValue._meta.get_field("value").max_length


def keep(integration: Integration, run: int, issues: pl.DataFrame) -> None:
    """
    Put the unmapped values among a run's issues into the inbox, in place of the integration's earlier ones.

    Args:
        run: The run's number.

        issues: All issues of the run, as `core.issues` lays them out, unmasked.
    """
    values = _unmapped(issues)
    rows = [UnmappedValue(integration=integration, last_run=run, **row) for row in values.to_dicts()]
    with transaction.atomic():
        UnmappedValue.objects.filter(integration=integration).delete()
        UnmappedValue.objects.bulk_create(rows)


def forget_known(integration: Integration, mapping: CodeMapping) -> None:
    """Take out of the inbox what `mapping`, which the integration uses, knows by now."""
    found = dict(UnmappedValue.objects.filter(integration=integration, model=mapping.model).values_list("value", "pk"))
    values = pl.DataFrame({"value": list(found)}, schema={"value": pl.String})
    known = values.filter(translate(pl.col("value"), mapping.model, mapping).is_not_null())["value"]
    UnmappedValue.objects.filter(pk__in=[found[value] for value in known]).delete()


def _unmapped(issues: pl.DataFrame) -> pl.DataFrame:
    """`model`, `value`, `count`, `sample`: the most frequent values."""
    value = pl.col("value").str.strip_chars()
    column = pl.when(pl.col("field").is_not_null()).then(pl.format(", {}", "field")).otherwise(pl.lit(""))
    place = pl.format("{} line {}{}", pl.coalesce("file", "sheet", pl.lit("")), pl.col("line"), column)
    return (
        issues.filter(pl.col("code").is_in(UNMAPPED), pl.col("detail").is_in(list(CODE_MODELS)))
        .select(pl.col("detail").alias("model"), value.alias("value"), place.str.slice(0, 255).alias("sample"))
        .filter(pl.col("value").str.len_chars().is_between(1, _LONGEST))
        .group_by("model", "value", maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("sample").drop_nulls().first().fill_null(""))
        .sort("count", descending=True, maintain_order=True)
        .head(MOST)
    )
