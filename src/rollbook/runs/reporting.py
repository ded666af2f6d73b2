"""A run -> what people read: summary, workbook, files."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from django.utils import timezone

from rollbook.core.errors import SettingsError
from rollbook.integrations import declared
from rollbook.integrations.inputs import is_pulled
from rollbook.integrations.models import Integration
from rollbook.roster import snapshot
from rollbook.runs.journey import Journey
from rollbook.runs.models import WRITTEN, Mode, Phase, Run, State
from rollbook.runs.report import Summary, list_new, write_reports
from rollbook.sources.kinds import KINDS

if TYPE_CHECKING:
    from rollbook.core.layout import Layout


@contextmanager
def listing(journey: Journey) -> Iterator["Future[Path]"]:
    """
    List the new records while the roster is written: a first load has millions, and waits for the database meanwhile.

    The list lies beside the reports until `report` takes it; that of a plan which came to nothing is thrown away.
    """
    folder, unwanted = journey.of_phase(Phase.APPLY), Event()
    folder.mkdir(parents=True, exist_ok=True)
    schools = snapshot.org_names(journey.run.integration.tenant)
    try:
        with ThreadPoolExecutor(1) as beside:
            path, files = folder / "new.csv", journey.run.files
            listed = beside.submit(
                list_new, journey.folder, files, path, schools=schools, is_wanted=lambda: not unwanted.is_set()
            )
            try:
                yield listed
            finally:
                unwanted.set()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(journey: Journey, listed: "Future[Path] | None" = None) -> None:
    """
    Write the reports of a run and fill the inbox of unmapped values; with that the run is at its end.

    A plan that waits for a person does so from now on: nobody decides about a plan whose report is not there.

    Args:
        listed: The list of new records, where `listing` is making one.
    """
    run = journey.run
    waiting = None if run.state in WRITTEN else State.HELD if run.held else State.TESTED
    if journey.begins(Phase.REPORT):
        with journey.step(None, "report"):
            run.ended = run.ended or timezone.now()
            _write(journey, waiting or State(run.state), listed.result() if listed else None)
            if run.mode != Mode.UNDO:
                from rollbook.integrations import inbox

                inbox.keep(run.integration, run.pk, journey.folder.issues())
        journey.folder.drop_records()
    if waiting:
        journey.end(waiting, Phase.REPORT)
    else:
        journey.release(Phase.REPORT)


def _write(journey: Journey, state: State, new: Path | None) -> None:
    run = journey.run
    schools = snapshot.org_names(run.integration.tenant)
    write_reports(journey.folder, summary(run, state), layout=_layout(run), schools=schools, new=new)


def _layout(run: Run) -> "Layout | None":
    """What the rows were read by, where that is known; an undo reads none, and loads nothing that would."""
    if run.mode == Mode.UNDO:
        return None
    from rollbook.integrations import options

    try:
        return options.layout(run.integration)
    except SettingsError:
        return None


def summary(run: Run, state: State | None = None) -> Summary:
    """
    The run in numbers.

    Args:
        state: Where it will stand, instead of where it stands.
    """
    integration = run.integration
    kind = {Mode.TEST: "Test ", Mode.UNDO: "Undo of "}.get(Mode(run.mode), "")
    return Summary(
        title=f"{kind}{integration.name}",
        tenant=integration.tenant.name,
        integration=integration.name,
        layout=_reads(integration),
        mode=run.mode,
        state=state or run.state,
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


def _reads(integration: Integration) -> str:
    """Which system is read, or which layout files have."""
    if is_pulled(integration):
        return KINDS[integration.source].title
    return declared.value(integration.settings, "layout") or "recognised"
