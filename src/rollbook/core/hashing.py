"""
Stable hashes of keys and records, and the ids that follow from keys.

Built on XXH3, whose values do not change between versions of the library. A record's hash is the sum
over its fields of XXH3(value), seeded by the field, modulo 2**64: a blank field adds nothing, so mapping
one more column that is blank everywhere changes no hash. Two records are taken as equal only when the
hashes of their key and of their content both agree (128 bits).
"""

import hashlib
from collections.abc import Iterable

import polars as pl
from polars_hash import NonCryptographicHashingNameSpace as Hash


def key_hash(key: str | pl.Expr) -> pl.Expr:
    """64-bit hash (Int64) of a source key, null for a null key."""
    return Hash(_expr(key)).xxh3_64().reinterpret(signed=True)


def record_hash(entity: str, fields: Iterable[str]) -> pl.Expr:
    """
    64-bit hash (Int64) over the given columns, whatever their order.

    Args:
        entity: Name of the entity the columns belong to.

        fields: Canonical field names; all text columns.
    """
    total: pl.Expr = pl.lit(0, pl.UInt64)
    for name in fields:
        total = total + Hash(pl.col(name)).xxh3_64(seed=_seed(f"{entity}.{name}")).fill_null(0)
    return total.reinterpret(signed=True)


def passing_hash(entity: str, fields: Iterable[str]) -> pl.Expr:
    """
    The same (UInt64, and a blank field counts) for what need not last: three times quicker.

    XXH3 as Polars has it within, which may be another in its next version.
    """
    total: pl.Expr = pl.lit(0, pl.UInt64)
    for name in fields:
        total = total + pl.col(name).hash(_seed(f"{entity}.{name}"))
    return total


def sourced_id(namespace: str, entity: str, key: str | pl.Expr) -> pl.Expr:
    """
    The roster id (32 hex digits, a UUID without dashes) that a new record with this key gets.

    A pure function of the key, so that references are resolved without looking anything up.

    Args:
        namespace: The integration's own random id: equal keys of two integrations give two ids, and
            nobody outside can make two keys collide.
    """
    seed = _seed(f"{namespace}.{entity}")
    return Hash(_expr(key)).xxh3_128(seed=seed, return_binary=True, byte_order="big").bin.encode("hex")


def _expr(key: str | pl.Expr) -> pl.Expr:
    return pl.col(key) if isinstance(key, str) else key


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
