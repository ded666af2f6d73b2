"""Try again what time can mend: after 1, 2, 4, … seconds, or after as many as the hub asks for."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from rollbook_upload.errors import FileChanged, Unreachable

log = logging.getLogger("rollbook_upload")
Result = TypeVar("Result")
TRIES, LONGEST = 6, 60.0


def retried(what: Callable[[], Result], sleep: Callable[[float], None] = time.sleep) -> Result:
    """
    Call something until it works.

    Raises:
        Unreachable: It did not, six times.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return what()
        except FileChanged:
            raise
        except Unreachable as error:
            wait = max(error.retry_after, min(LONGEST, 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25))
            if attempt == TRIES or error.retry_after > 10 * LONGEST:
                raise
            log.warning("%s Trying again in %.0f s.", error, wait)
            sleep(wait)
    raise AssertionError("the last try raises or returns")
