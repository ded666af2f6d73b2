"""
Measure Rollbook beside its peers: `python -m bench`, or `make bench`.

Needs only the standard library itself; the contenders run in their own environments.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from bench import report
from bench.cluster import NoPostgres, throwaway_cluster
from bench.contenders import Contender, Dlt, DltAppend, FrictionlessCheck, Pandas, PolarsCheck, Programs
from bench.inputs import Inputs, find_maker, prepare
from bench.results import Results
from bench.rollbook import Rollbook
from bench.rounds import Bench
from bench.targets import ROWS, Figure, Row
from bench.tasks import NO_DATABASE, POSTGRESQL, SQLITE

CONTENDERS: dict[str, list[type[Contender]]] = {
    NO_DATABASE: [Rollbook, PolarsCheck, FrictionlessCheck],
    POSTGRESQL: [Rollbook, Dlt, DltAppend],
    SQLITE: [Rollbook, Pandas],
}
QUIET_LOAD = 0.5
LARGEST_FOR_FRICTIONLESS = 10_000


def main() -> int:
    options = parse_arguments()
    rows = chosen_rows(options.only, options.database)
    programs = Programs(options.peers_python, options.rollbook)
    options.work.mkdir(parents=True, exist_ok=True)
    maker = find_maker(options.peers_python)
    note(f"Input files are made by {maker.name}.")
    sizes = sorted(set(options.students))
    inputs = {students: prepare(options.work, students, maker, options.peers_python) for students in sizes}

    with ExitStack() as stack:
        bench = Bench(programs, options.work, Results())
        if any(row.database == POSTGRESQL for row in rows):
            bench.cluster = stack.enter_context(throwaway_cluster(options.work))
        postgres = bench.cluster.version() if bench.cluster else None
        warn_when_busy()
        about = report.about_run(options.peers_python, maker.name, postgres)
        try:
            play_all(bench, rows, inputs, options.rounds)
        except KeyboardInterrupt:
            note("\nInterrupted: the tables show what was measured until now.")

    figures = find_figures(rows, bench.results, sizes)
    report.show_medians(bench.results)
    report.show_figures(figures)
    report.show_failures(bench.results)
    if options.out:
        report.write_json(options.out, bench.results, figures, about)
    return 1 if bench.results.failures else 0


def play_all(bench: Bench, rows: Iterable[Row], inputs: dict[int, Inputs], rounds: int) -> None:
    for students, files in inputs.items():
        for database, contenders in CONTENDERS.items():
            tasks = {task for row in rows if row.database == database for task in row.tasks}
            if not tasks:
                continue
            too_slow = students > LARGEST_FOR_FRICTIONLESS
            fitting = [kind for kind in contenders if not (too_slow and kind is FrictionlessCheck)]
            bench.play(database, fitting, tasks, files, students, rounds)


def find_figures(rows: Iterable[Row], results: Results, sizes: list[int]) -> list[Figure]:
    smaller = dict(zip(sizes[1:], sizes, strict=False))
    return [figure for row in rows for size in sizes for figure in row.find(row, results, size, smaller.get(size))]


def chosen_rows(only: str | None, database: str | None) -> list[Row]:
    """The rows asked for; rows that need no database go with any."""
    known = {row.code.upper(): row.code for row in ROWS}
    codes = {code.strip().upper() for code in only.split(",")} if only else known.keys()
    unknown = codes - known.keys()
    if unknown:
        sys.exit(f"No such row: {', '.join(sorted(unknown))}. There are {', '.join(known.values())}.")
    return [
        row
        for row in ROWS
        if row.code.upper() in codes and (database is None or row.database in (database, NO_DATABASE))
    ]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Rollbook beside its peers.")
    parser.add_argument("--students", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--only", metavar="P1,P2", help="only these rows of the table")
    parser.add_argument("--database", choices=[POSTGRESQL, SQLITE], help="only the rows measured on this database")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write everything measured as JSON")
    parser.add_argument(
        "--work",
        type=Path,
        default=Path(tempfile.gettempdir()) / "bench-data",
        metavar="DIR",
        help="keeps the input files from one run to the next; databases live here while they are measured",
    )
    parser.add_argument(
        "--peers-python",
        default=sys.executable,
        metavar="PYTHON",
        help="the Python that has the packages of bench/requirements.in (default: the one running this)",
    )
    parser.add_argument(
        "--rollbook", default=find_rollbook(), metavar="PROGRAM", help="the rollbook command (default: %(default)s)"
    )
    return parser.parse_args()


def find_rollbook() -> str:
    """The command beside this Python, else the one on PATH."""
    beside = Path(sys.executable).parent / "rollbook"
    return str(beside) if beside.exists() else shutil.which("rollbook") or "rollbook"


def warn_when_busy() -> None:
    load = os.getloadavg()[0]
    if load > QUIET_LOAD:
        note(f"This machine is busy (load {load:.1f}): seconds will be too long, and ratios less sure.")


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NoPostgres as error:
        sys.exit(str(error))
