"""What a run reads: files that arrived or were fetched, or a source that is asked."""

from rollbook.core.errors import SettingsError
from rollbook.integrations import options
from rollbook.integrations.inputs import gives_sheets
from rollbook.integrations.setup import source_of
from rollbook.landing.rowset import RowSet, landed
from rollbook.landing.store import Part, into
from rollbook.runs import drift, findings, judging, novelty, repeating
from rollbook.runs.journey import Journey
from rollbook.runs.novelty import Novelty
from rollbook.runs.passing import Passing
from rollbook.runs.repeating import SETTINGS, digest
from rollbook.runs.rows import RowReader
from rollbook.sources.pulling import pull
from rollbook.sources.sheets import Received, opened


def read(journey: Journey) -> Received:
    """
    Land what the integration of a run gives, and keep what is known of it with the run.

    Rows that come when it is certain that the roster does not agree with all of them are checked and mapped at once. As
    long as it may agree with all they are not kept; where it does not in the end, they are read from their files again.

    Raises:
        ContractBroken: What came does not have the agreed shape.

        SourceUnavailable: The source is away, or changed all the while.

        SourceRefused: The source said no.

        SettingsError: There is nothing that could be read.
    """
    return _opened(journey) if gives_sheets(journey.run.integration) else _pulled(journey)


def _opened(journey: Journey) -> Received:
    integration = journey.run.integration
    rows, write = RowSet(), into(journey.folder.rows)
    news, left_out = Novelty(integration), dict[int, int]()
    with opened(journey.input, options.layout(integration), options.templates(integration), journey.seen) as files:
        passing = Passing(RowReader(options.terms(integration, files.layout), journey.folder))

        def keep(part: Part) -> None:
            news.see(part.sheet, rows.add(part.sheet, part.rows))
            if news.is_certain:
                take(part)
            elif news.may_be_none:
                left_out[part.file] = part.number + 1
            else:
                write(part)

        def take(part: Part) -> None:
            write(part)
            passing.take(part)

        files.delivery.notes += journey.notes
        received = files.land(keep)
        findings.keep_input(journey, received.digest(rows))
        journey.same = repeating.after_same_rows(journey.run)
        if not journey.same:
            files.land_again(received, take, left_out)
            novelty.keep(journey.folder, rows)
        findings.keep_files(journey, received)
        drift.note_drift(received.landing, judging.files_before(integration))
    journey.passed = passing.found
    return received


def _pulled(journey: Journey) -> Received:
    run, integration, rows = journey.run, journey.run.integration, journey.folder.rows
    layout = options.layout(integration)
    if layout is None:
        raise SettingsError(f"{integration.name} has no streams to read. Nothing was changed.")
    since = _since(journey) if run.is_delta else None
    with source_of(integration) as source:
        received, marks = pull(source, layout, rows, since, journey.progress.advance)
    run.files = [file.facts() for file in received.landing.files]
    if run.is_delta and since is None:
        received.landing.note("delta-as-full", "")
    if since is None:
        drift.note_drift(received.landing, judging.files_before(integration))
    findings.keep_input(journey, received.digest(landed(rows)) if since is None else "")
    journey.same = repeating.after_same_rows(run)
    run.basis["marks"] = {"settings": run.basis["settings"], "since": marks} if marks else {}
    return received


def _since(journey: Journey) -> dict[str, str] | None:
    """
    The marks of the last applied run; None where there are none, or the settings were others: then all is read.

    A changed mapping or filter means other records for everybody, not only for those who have changed.
    """
    integration = journey.run.integration
    known = integration.marks.get("settings") == digest(integration, SETTINGS)
    since: dict[str, str] | None = integration.marks.get("since") if known else None
    return since or None
