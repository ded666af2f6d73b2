"""
The commonest nights: the same bytes again, or the same rows in another order or other quotes.

The roster agrees with them already, so nothing is checked, planned or written. Nothing heavy is imported here for the
first of the two: it costs little more than reading the files once.
"""

import hashlib
import shutil

from django.db import transaction

from rollbook.integrations.fingerprint import fingerprint
from rollbook.integrations.models import Integration
from rollbook.landing.contents import Contents
from rollbook.runs.filenames import ISSUES, REJECTED, of_phase
from rollbook.runs.journey import Journey
from rollbook.runs.models import Mode, Phase, Run, State, last_applied

SETTINGS = "settings"
"""Stands for any input where only the settings are compared."""


def digest(integration: Integration, content: str) -> str:
    """
    Of an input together with everything that decides what it means; blank when the input has none.

    Args:
        content: Digest of its bytes or of its rows.
    """
    text = f"{content}\n{fingerprint(integration)}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest() if content else ""


def after_same_bytes(run: Run, seen: Contents) -> Run | None:
    """
    The run after which the roster agreed with these very bytes, and has ever since.

    An undo, another applied run, a hand edit or a changed setting clears or changes the integration's digest.
    """
    known = run.integration.input_digest
    return last_applied(run.integration) if known and known == digest(run.integration, seen.digest) else None


def has_other_settings(run: Run) -> bool:
    """Whether the rows of the run were landed under settings that do not hold any more."""
    return bool(run.basis.get("settings") != digest(run.integration, SETTINGS))


def after_same_rows(run: Run) -> Run | None:
    """The run after which the roster agreed with these very rows, in whatever order, and has ever since."""
    known = run.integration.rows_digest
    return last_applied(run.integration) if known and known == run.basis["rows"] else None


def take_over_findings(journey: Journey, same: Run) -> None:
    """The same bytes have the same files and issues."""
    run = journey.run
    run.files, run.issue_counts, run.severities = same.files, same.issue_counts, same.severities
    there = of_phase(same.folder, same.finished, Phase.PLAN)
    for name in (ISSUES, REJECTED):
        if (there / name).exists():
            shutil.copy(there / name, journey.of_phase(Phase.PLAN) / name)


def end_as(journey: Journey, same: Run) -> None:
    """End the run as the earlier one would end if it were carried again: every record unchanged."""
    run, integration = journey.run, journey.run.integration
    content = run.basis.get("input") or digest(integration, journey.seen.digest)
    run.counts = {entity: _unchanged(counts) for entity, counts in same.counts.items()}
    run.basis = {
        "applied_runs": integration.applied_runs,
        "input": content,
        "rows": integration.rows_digest,
        "same_as": same.pk,
    }
    with transaction.atomic():
        run.move(State.CHECKING)
        run.move(State.PLANNING)
        if run.mode == Mode.TEST:
            journey.end(State.TESTED, Phase.PLAN)
            return
        run.move(State.APPLYING)
        # Not where somebody has edited the roster meanwhile: that has cleared the digests, and they stay cleared.
        known = Integration.objects.filter(pk=integration.pk, applied_runs=integration.applied_runs)
        known.exclude(input_digest="").update(input_digest=content)
        journey.end(State.APPLIED_WITH_ERRORS if journey.has_errors else State.APPLIED, Phase.PLAN)


def _unchanged(counts: dict[str, int]) -> dict[str, int]:
    present = sum(counts.get(action, 0) for action in ("create", "update", "reactivate", "unchanged"))
    return (
        dict.fromkeys(counts, 0) | {name: counts.get(name, 0) for name in ("reject", "ignore")} | {"unchanged": present}
    )
