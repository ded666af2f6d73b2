"""The slots of a worker: processes that carry runs, each started again when it dies."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process

from rollbook.jobs.slot import CARRIED
from rollbook.supervising import keeper
from rollbook.supervising.restarts import Crashes, Policy

log = logging.getLogger(__name__)
GRACE = 3600
"""Seconds that a run has for the step it is in; whoever stops the worker may be less patient."""
_POLICY = Policy(first=0.5, longest=10, steady=30, crashes=sys.maxsize)
"""A slot is never given up: a run that ends its carriers fails after some of them."""


class Slot:
    """One process that carries runs, under a keeper that ends it when the worker dies."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: Process | None = None
        self._crashes = Crashes(_POLICY)
        self._started = 0.0

    async def carry_one(self) -> bool:
        """
        Let it take the run whose turn it is and carry it.

        Returns:
            False when nothing was due, or when the process has died: another carrier takes its run over.
        """
        process = self._process or await self._start()
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(b"go\n")
            await process.stdin.drain()
            answer = await process.stdout.readline()
        except ConnectionError:
            answer = b""
        if not answer:
            await self._bury(process)
        return answer.decode().strip() == CARRIED

    async def stop(self) -> None:
        """Let it finish its step, hand its run back and end."""
        if self._process and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
        self._process = None

    async def _start(self) -> Process:
        command = [sys.executable, "-m", "rollbook.jobs.slot", self.name]
        first = [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), str(GRACE)]
        self._started = asyncio.get_running_loop().time()
        self._process = await asyncio.create_subprocess_exec(
            *first, *command, stdin=PIPE, stdout=PIPE, start_new_session=True
        )
        return self._process

    async def _bury(self, process: Process) -> None:
        code = await process.wait()
        self._process = None
        if code == 0:  # it was asked to stop
            return
        wait = self._crashes.wait_after(asyncio.get_running_loop().time() - self._started)
        log.error("A process that carries runs ended with code %s. Another starts in %.0f seconds.", code, wait)
        await asyncio.sleep(wait)


class Slots:
    """As many slots as the worker carries runs at once."""

    def __init__(self, name: str, number: int) -> None:
        self._all = [Slot(name) for _ in range(number)]
        self._free: asyncio.Queue[Slot] = asyncio.Queue()
        for slot in self._all:
            self._free.put_nowait(slot)

    @property
    def has_free(self) -> bool:
        """Whether a slot waits for work."""
        return not self._free.empty()

    async def carry_one(self) -> bool:
        """Wait for a free slot and let it carry the run whose turn it is; whether there was one."""
        slot = await self._free.get()
        try:
            return await slot.carry_one()
        finally:
            self._free.put_nowait(slot)

    async def stop(self) -> None:
        """Let each finish its step, hand its run back and end."""
        await asyncio.gather(*(slot.stop() for slot in self._all))
