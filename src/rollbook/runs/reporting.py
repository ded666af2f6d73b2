"""A run -> what people read: summary, workbook, files."""

from pathlib import Path

from rollbook.core.errors import SettingsError
from rollbook.integrations import inbox, options
from rollbook.roster import snapshot
from rollbook.runs.folder import RunFolder
from rollbook.runs.journey import Journey
from rollbook.runs.models import Mode, Run
from rollbook.runs.report import Summary, write_reports


def report(journey: Journey) -> Path:
    """Write the reports of a run that has ended, fill the inbox of unmapped values, and keep the time it took."""
    with journey.watch.step("report"):
        path = write(journey.run)
        if journey.run.mode != Mode.UNDO:
            inbox.keep(journey.run.integration, journey.run.pk, journey.folder.issues())
    journey.folder.drop_records()
    journey.run.seconds = journey.watch.seconds
    journey.run.save(update_fields=["seconds"])
    return path


def write(run: Run) -> Path:
    """(Re)write the reports of a run; the Excel file."""
    try:
        layout = options.layout(run.integration)
    except SettingsError:
        layout = None
    return write_reports(
        RunFolder(run.folder), summary(run), layout=layout, schools=snapshot.org_names(run.integration.tenant)
    )


def summary(run: Run) -> Summary:
    """The run in numbers."""
    integration = run.integration
    kind = {Mode.TEST: "Test ", Mode.UNDO: "Undo of "}.get(Mode(run.mode), "")
    return Summary(
        title=f"{kind}{integration.name}",
        tenant=integration.tenant.name,
        integration=integration.name,
        layout=options.value(integration.settings, "layout") or "recognised",
        mode=run.mode,
        state=run.state,
        trigger=run.trigger,
        member=str(run.member or ""),
        started=run.started,
        ended=run.ended,
        run=run.pk,
        counts=run.counts,
        issue_counts=run.issue_counts,
        severities=run.severities,
        held=run.held,
        files=run.files,
        seconds=run.seconds,
        settings={name: text for name, text in integration.settings.items() if name != "layout_text"},
    )
