"""Which process holds a lease: told so exactly that another one is never taken for it."""

import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import psutil

from rollbook.jobs import sessions


@dataclass(frozen=True)
class Holder:
    """
    A process that carries runs.

    Args:
        place: Tells machines apart, and containers on one machine: within it a process number means one process.

        started: When the process began; its number alone may have passed on to another.

        session: The database session that it writes with; see `sessions`.
    """

    name: str
    place: str
    pid: int
    started: float
    session: dict[str, Any] | None = None

    @classmethod
    def this(cls, name: str = "") -> Self:
        """This very process."""
        pid = os.getpid()
        return cls(name or cls.default_name(), _place(), pid, psutil.Process(pid).create_time(), sessions.current())

    @staticmethod
    def default_name() -> str:
        """What a worker is called that nobody named: its host and process."""
        return f"{socket.gethostname()}:{os.getpid()}"

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Self | None:
        """The holder that a run keeps; None when nobody has it."""
        return cls(**facts) if facts else None

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @property
    def is_here(self) -> bool:
        """It ran where this process runs, so that one can see whether it still does."""
        return self.place == _place()

    @property
    def is_gone(self) -> bool:
        """It ran here and has ended."""
        return self.is_here and self._process() is None

    @property
    def is_frozen(self) -> bool:
        """It is still here, and somebody has stopped it."""
        process = self._process() if self.is_here else None
        with suppress(psutil.NoSuchProcess):
            return process is not None and process.status() == psutil.STATUS_STOPPED
        return False

    def kill(self) -> None:
        """End it, where it can be reached."""
        process = self._process() if self.is_here and self.pid != os.getpid() else None
        if process:
            with suppress(psutil.Error):
                process.kill()
                process.wait(5)

    def _process(self) -> psutil.Process | None:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if process.create_time() == self.started and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


@cache
def _place() -> str:
    """Host, start of the machine, and the world of process numbers (containers have their own)."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()
