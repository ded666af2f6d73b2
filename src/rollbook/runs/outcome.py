"""How a run stands, for programs."""

from rollbook.runs.filenames import EXCEL, of_phase
from rollbook.runs.models import Phase, Run


def as_json(run: Run) -> dict[str, object]:
    """What `rollbook run --json` prints."""
    report = of_phase(run.folder, run.finished, Phase.REPORT) / EXCEL
    return {
        "run": run.pk,
        "integration": run.integration.name,
        "mode": run.mode,
        "state": run.state,
        "counts": run.counts,
        "issues": {
            **{s: run.severities.get(s, 0) for s in ("error", "warning", "notice")},
            "by_code": run.issue_counts,
        },
        "held": run.held,
        "seconds": run.seconds,
        "peak_mb": run.peak_mb,
        "report": str(report) if report.exists() else None,
        **({"error": run.error} if run.error else {}),
    }
