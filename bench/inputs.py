"""
The districts that all contenders read: made once, kept in the work folder.

    night0        a OneRoster 1.1 district in bulk mode, about 11 rows a student
    other-bytes   the same records with their rows in another order and every value quoted
    night1        the district one night later: 1 % of the users, enrollments and demographics changed
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SEED = 1


@dataclass(frozen=True)
class Inputs:
    folder: Path

    @property
    def night0(self) -> Path:
        return self.folder / "night0"

    @property
    def other_bytes(self) -> Path:
        return self.folder / "other-bytes"

    @property
    def night1(self) -> Path:
        return self.folder / "night1"

    def warm(self) -> None:
        """Bring the files into the system's cache, so that the first reader does not pay for the disk."""
        for path in self.folder.rglob("*.csv"):
            with path.open("rb") as file:
                while file.read(1 << 20):
                    pass


@dataclass(frozen=True)
class Maker:
    """A program that writes a made-up district; called with --students, --seed, --night and --out."""

    name: str
    command: tuple[str, ...]


def find_maker(python: str) -> Maker:
    """Choose BENCH_MAKER, else the shared maker beside the repository, else the project's own generator."""
    named = os.environ.get("BENCH_MAKER")
    script = Path(named) if named else REPOSITORY.parent / "shared" / "tools" / "make_district.py"
    if named or script.exists():
        return Maker("make_district", (python, str(script)))
    return Maker("simulators.district", (python, "-m", "simulators.district", "--layout", "oneroster_11"))


def prepare(work: Path, students: int, maker: Maker, python: str) -> Inputs:
    """
    Make the three inputs for a district of this size, unless the work folder has them.

    Each is made by a program of its own: the process that measures must not grow.
    """
    folder = work / f"{maker.name}-{students}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        made = Inputs(unfinished)
        size = ("--students", str(students), "--seed", str(SEED))
        run(*maker.command, *size, "--night", "0", "--out", made.night0)
        run(*maker.command, *size, "--night", "1", "--out", made.night1)
        run(python, "-m", "bench.reorder", made.night0, made.other_bytes)
        unfinished.rename(folder)
    return Inputs(folder)


def run(*command: str | Path) -> None:
    done = subprocess.run(
        command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"The input files could not be made.\n{done.stderr.strip()}")
