"""
The files of a run, where they can be read: they have arrived, or are fetched.

What is fetched is there only for as long as it is read. It may hold columns that are never stored: what is kept of a
run are its landed rows.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from rollbook.integrations.inputs import input_path, is_pulled
from rollbook.runs.filenames import fetched
from rollbook.runs.journey import Journey
from rollbook.runs.models import State


@contextmanager
def at_hand(journey: Journey) -> Iterator[None]:
    """
    Have the files of a run in `journey.input` for as long as the block lasts.

    Raises:
        RollbookError: There are none, or they cannot be had now.
    """
    run = journey.run
    if run.path or not is_pulled(run.integration):
        journey.input = input_path(run.integration, run.path)
        yield
        return
    from rollbook.integrations.setup import files_of  # with it come Polars and NumPy: files that arrived do without

    journey.input = fetched(run.folder, run.fence)
    shutil.rmtree(journey.input, ignore_errors=True)
    journey.input.mkdir(parents=True)
    try:
        with journey.step(State.READING, "read"), files_of(run.integration) as source:
            journey.notes = source.fetch(journey.input)
        yield
    finally:
        shutil.rmtree(journey.input, ignore_errors=True)
