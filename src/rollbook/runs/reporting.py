"""A run -> what people read: summary, workbook, files."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
from rollbook.runs.report import Draft, Summary, write_reports
from rollbook.sources.kinds import KINDS

if TYPE_CHECKING:
    from rollbook.core.layout import Layout


class Drafting:
    """
    What of the reports follows from the plan, written by a thread.

    The list of new records, which can be millions, waits for `go_on`.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft, self._beside = draft, ThreadPoolExecutor(1)
        self._turn, self._unwanted = Event(), Event()
        self._drafted = self._beside.submit(draft.write, self._is_wanted)

    def go_on(self) -> None:
        """Write the list of new records as well: the processor is free for it."""
        self._turn.set()

    def result(self) -> Draft:
        """The draft, once it is written."""
        self.go_on()
        return self._drafted.result()

    def end(self) -> None:
        """Write no more, and throw away what `report` did not take."""
        self._unwanted.set()
        self.go_on()
        self._beside.shutdown()
        self._draft.discard()

    def _is_wanted(self) -> bool:
        self._turn.wait()
        return not self._unwanted.is_set()


@contextmanager
def drafting(journey: Journey) -> Iterator[Drafting]:
    """
    Write what follows from the plan while the roster is written: that waits for the database most of the time.

    The draft lies beside the reports until `report` takes it; that of a plan which came to nothing is thrown away.
    """
    path = journey.of_phase(Phase.APPLY)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    run = journey.run
    schools = snapshot.org_names(run.integration.tenant)
    beside = Drafting(Draft(journey.folder, path, summary(run), layout=_layout(run), schools=schools))
    try:
        yield beside
    finally:
        beside.end()


def report(journey: Journey, drafted: Drafting | None = None) -> None:
    """
    Write the reports of a run and fill the inbox of unmapped values; with that the run is at its end.

    A plan that waits for a person does so from now on: nobody decides about a plan whose report is not there.

    Args:
        drafted: The reports, where `drafting` writes them.
    """
    run = journey.run
    waiting = None if run.state in WRITTEN else State.HELD if run.held else State.TESTED
    if journey.begins(Phase.REPORT):
        with journey.step(None, "report"):
            run.ended = run.ended or timezone.now()
            ends = summary(run, waiting or State(run.state))
            if drafted:
                drafted.result().finish(ends)
            else:
                schools = snapshot.org_names(run.integration.tenant)
                write_reports(journey.folder, ends, layout=_layout(run), schools=schools)
            if run.mode != Mode.UNDO:
                from rollbook.integrations import inbox

                inbox.keep(run.integration, run.pk, journey.folder.issues())
        journey.folder.drop_records()
    if waiting:
        journey.end(waiting, Phase.REPORT)
    else:
        journey.release(Phase.REPORT)


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
