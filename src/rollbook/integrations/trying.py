"""Try whether an integration could work: sign in and look, without reading anybody's data into the hub."""

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from django.db import connections

from rollbook.core.errors import RollbookError
from rollbook.integrations import options
from rollbook.integrations.inputs import is_pulled
from rollbook.integrations.models import Integration
from rollbook.integrations.setup import connector_of
from rollbook.sources.base import Tried, Works

log = logging.getLogger("rollbook.integrations")


@dataclass
class Outcome:
    """
    What a test found in the time it had.

    Args:
        is_cut: The time was over before everything was tried.

        error: Why nothing could be tried.
    """

    tried: list[Tried] = field(default_factory=list)
    is_cut: bool = False
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether everything was tried, and nothing failed."""
        return not (self.is_cut or self.error) and all(one.works is not Works.NO for one in self.tried)


def try_out(integration: Integration, *, is_patient: bool = True) -> Iterator[Tried]:
    """
    Try one thing after the other; of data sheets, look at the files if the integration has a path.

    Args:
        is_patient: Wait for a system that asks to be asked later. A person who looks on does not.

    Raises:
        SettingsError: A setting cannot be used, or one is missing.
    """
    options.checked(integration.settings, integration.source)
    if not is_pulled(integration):
        yield from _files(integration)
        return
    with connector_of(integration, is_patient=is_patient) as connector:
        yield from connector.test()


def outcome_within(integration: Integration, seconds: float) -> Outcome:
    """What a test finds before the time is over. What it waits for then ends by itself, and is not looked at."""
    found, is_over = Outcome(), Event()
    worker = Thread(target=_collect, args=(integration, found, is_over), daemon=True)
    worker.start()
    worker.join(seconds)
    is_over.set()
    return Outcome(list(found.tried), worker.is_alive(), found.error)


def _collect(integration: Integration, found: Outcome, is_over: Event) -> None:
    try:
        with closing(try_out(integration, is_patient=False)) as tries:  # type: ignore[type-var]
            for tried in tries:
                if is_over.is_set():
                    return
                found.tried.append(tried)
    except RollbookError as error:
        found.error = str(error)
    except Exception:
        log.exception("The test of integration %s stopped", integration.pk)
        found.error = "The test stopped because of a fault in the hub. The person who runs it finds more in the log."
    finally:
        connections.close_all()


def _files(integration: Integration) -> Iterator[Tried]:
    from rollbook.sources.sheets import opened

    own = integration.settings.get("path", "")
    if not own:
        yield Tried("Files", Works.UNSURE, "The settings can be used. It has no path of its own: each run is told one.")
        return
    try:
        with opened(Path(own), options.layout(integration), options.templates(integration)) as files:
            yield Tried("Files", Works.YES, f"{own} can be read as {files.layout.title}.")
            for sheet in files.delivery.sheets:
                yield Tried(sheet.file, Works.YES, f"{len(sheet.header)} columns, {sheet.size:,} bytes")
    except RollbookError as error:
        yield Tried("Files", Works.NO, str(error))
