"""
The rules by which the hub would check an account's files, as one signed bundle for the upload utility.

Everything in it is what the checks themselves read: the layouts as the integration has bound them, the fields of the
roster that they feed, the code tables, how dates and files are read, and the texts of the issues. The utility holds no
rule of its own that this bundle could say.

The bundle is signed with the hub's own Ed25519 key, `keys/rules_key`, made at first use. It says when it was issued, so
that nobody can hand out an old one later; `digest` leaves that out and changes only with the rules.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils import timezone

from rollbook import __version__
from rollbook.core.checks import is_restricted
from rollbook.core.codes import CodeMapping, default_otherwise, folded_table
from rollbook.core.issues import CATALOGUE
from rollbook.core.layout import Column, Layout, SheetLayout
from rollbook.core.mapping import ENDED
from rollbook.core.schema import ENTITIES, MASK
from rollbook.core.values import Reading
from rollbook.core.vocabulary import CODE_MODELS
from rollbook.intake.models import Account
from rollbook.integrations import options
from rollbook.keys import read_or_make_key
from rollbook.landing.readers import Limits
from rollbook.landing.store import GOVERNMENT_OR_SECRET
from rollbook.sources import layouts
from rollbook.sources.sheets import SURE

FORMAT = 1

# What is said to people, not to checks.
_UNSAID = {"help", "example", "about", "reference", "extension", "plural", "label"}


def bundle(account: Account) -> dict[str, str]:
    """
    The signed rules of an account: `payload` (base64 of UTF-8 JSON), `key` and `signature` (base64).

    Raises:
        SettingsError: The integration is not set up in a way that can work.
    """
    said = _rules(account)
    payload = _json({**said, "digest": _digest_of(said), "issued": int(timezone.now().timestamp())})
    signature = base64.b64encode(_key().sign(payload)).decode()
    return {"payload": base64.b64encode(payload).decode(), "key": public_key(), "signature": signature}


def digest(account: Account) -> str:
    """
    What tells these rules from others (SHA-256, hex): the same until one of them changes.

    Raises:
        SettingsError: The integration is not set up in a way that can work.
    """
    return _digest_of(_rules(account))


def public_key() -> str:
    """The key by which a utility knows the rules of this hub, in base64."""
    return base64.b64encode(_key().public_key().public_bytes_raw()).decode()


def _digest_of(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(_json(said)).hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _key() -> Ed25519PrivateKey:
    kept = read_or_make_key(Path(settings.ROLLBOOK_HOME) / "keys" / "rules_key", _new)
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept))


def _new() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


# What the rules are -----------------------------------------------------------------------------------


def _rules(account: Account) -> dict[str, Any]:
    integration = account.integration
    named = layouts.load(account.layout) if account.layout else options.layout(integration)
    chosen = [options.terms(integration, layout) for layout in ([named] if named else layouts.all_layouts())]
    return {
        "format": FORMAT,
        "version": __version__,
        "account": account.login,
        "sure": SURE,
        "layouts": [_layout(terms.layout, terms.reading) for terms in chosen],
        "region": chosen[0].reading.region,
        "only": plain(chosen[0].only),
        "codes": dict(_codes(_models(terms.layout for terms in chosen), chosen[0].reading.codes)),
        "templates": [[pattern, plain(template)] for pattern, template in options.templates(integration).items()],
        "entities": [plain(entity) for entity in ENTITIES],
        "issues": [plain(issue) for issue in CATALOGUE],
        "limits": asdict(Limits()),
        "secret_columns": list(GOVERNMENT_OR_SECRET),
        "ended": list(ENDED),
        "mask": MASK,
    }


def _layout(layout: Layout, reading: Reading) -> dict[str, Any]:
    """A layout, with the date formats that are tried; of patterns of files the first that fits counts."""
    files = [list(said) for said in layout.files.items()]
    sheets = [_sheet(sheet) for sheet in layout.sheets]
    return {**plain(layout), "files": files, "sheets": sheets, "dates": list(reading.dates)}


def _sheet(sheet: SheetLayout) -> dict[str, Any]:
    """A sheet whose columns say whether a wrong value may be shown."""

    def column(one: Column) -> dict[str, Any]:
        return {**plain(one), "restricted": is_restricted(sheet, one)}

    lookups = [{**plain(lookup), "column": column(lookup.column)} for lookup in sheet.lookups]
    return {**plain(sheet), "columns": [column(one) for one in sheet.columns], "lookups": lookups}


def _models(chosen: Iterable[Layout]) -> set[str]:
    """The code models that any column is read by."""
    sheets = [sheet for layout in chosen for sheet in layout.sheets]
    columns = [column for sheet in sheets for column in (*sheet.columns, *(lookup.column for lookup in sheet.lookups))]
    return {column.code for column in columns if column.code}


def _codes(models: Iterable[str], mappings: Mapping[str, CodeMapping]) -> Iterator[tuple[str, dict[str, Any]]]:
    """How each code model is translated: `core.codes.translate` as tables."""
    for name in sorted(models):
        mapping = mappings.get(name)
        used = mapping or CodeMapping(name, otherwise=default_otherwise(name))
        yield (
            name,
            {
                "exact": dict(used.entries) if used.exact else {},
                "folded": folded_table(used),
                "extensible": CODE_MODELS[name].extensible,
                "otherwise": used.otherwise.value,
                "value": used.value,
            },
        )


def plain(value: Any) -> Any:
    """A frozen value as JSON has it, without what it says only to people."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name not in _UNSAID}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: plain(held) for name, held in value.items()}
    if isinstance(value, tuple | list):
        return [plain(held) for held in value]
    return value
