"""What decides, beside the input, which records an input gives."""

import hashlib
import json
from functools import cache
from importlib import resources

import rollbook
from rollbook.integrations.models import CodeMapping, Integration


def fingerprint(integration: Integration) -> str:
    """Text that changes whenever the same input could give other records: the settings, the codes, the layouts."""
    settings: dict[str, str] = integration.settings
    named = [value for name, value in settings.items() if name.startswith("codes.")]
    codes = CodeMapping.objects.filter(tenant=integration.tenant, name__in=named).order_by("name")
    tables = list(codes.values_list("name", "model", "entries", "otherwise", "otherwise_value", "is_exact"))
    return json.dumps([rollbook.__version__, _shipped_layouts(), settings, tables], sort_keys=True)


@cache
def _shipped_layouts() -> str:
    sources = resources.files("rollbook").joinpath("sources")  # named, not imported: its readers need Polars
    folders = (sources.joinpath("layouts"), sources.joinpath("streams"))
    files = sorted((file for folder in folders for file in folder.iterdir()), key=lambda file: file.name)
    texts = [file.read_bytes() for file in files if file.name.endswith(".toml")]
    return hashlib.blake2b(b"\0".join(texts), digest_size=16).hexdigest()
