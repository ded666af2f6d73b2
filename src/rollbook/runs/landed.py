"""What a run knows of the files it has landed, kept beside their rows: who takes the run over reads nothing twice."""

import json

import polars as pl

from rollbook.core.issues import join_issues
from rollbook.integrations import options
from rollbook.integrations.models import Integration
from rollbook.landing.store import LandedFile, Landing
from rollbook.runs.folder import RunFolder
from rollbook.sources import layouts
from rollbook.sources.sheets import Received

_FACTS, _FOUND = "landing.json", "landing.parquet"


def save(folder: RunFolder, received: Received) -> None:
    """Keep what was received."""
    facts = {
        "layout": received.layout.name,
        "partial": sorted(received.partial),
        "files": [file.facts() for file in received.landing.files],
    }
    (folder.landing / _FACTS).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    join_issues(received.landing.issues).write_parquet(folder.landing / _FOUND)


def load(folder: RunFolder, integration: Integration) -> Received:
    """What was received, as `save` kept it."""
    facts = json.loads((folder.landing / _FACTS).read_text(encoding="utf-8"))
    files = [LandedFile(**{**file, "header": tuple(file["header"])}) for file in facts["files"]]
    landing = Landing(files, [pl.read_parquet(folder.landing / _FOUND)])
    layout = options.layout(integration) or layouts.load(facts["layout"])
    return Received(layout, landing, set(facts["partial"]))
