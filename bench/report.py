"""The tables for people, and the same as JSON."""

import dataclasses
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.cluster import SETTINGS
from bench.results import Results
from bench.targets import Figure

PEERS = ("dlt", "adbc-driver-postgresql", "pyarrow", "pandas", "sqlalchemy", "psycopg", "frictionless", "polars")


def show_medians(results: Results) -> None:
    """Everything that was measured, whether a target needs it or not."""
    head = f"{'students':>9}  {'database':<10}  {'task':<12}  {'contender':<12}"
    print(f"\n{head} {'seconds':>8} {'cpu s':>8} {'peak MB':>8} {'rows touched':>13} {'rounds':>7}")
    for case in results.cases():
        found = results.medians(case)
        assert found, case
        touched = "" if found.rows_touched is None else f"{found.rows_touched:,}"
        print(
            f"{case.students:>9,}  {case.database:<10}  {case.task:<12}  {case.contender:<12} {found.seconds:>8.2f}"
            f" {found.cpu_seconds:>8.2f} {found.peak_mb:>8.0f} {touched:>13} {found.rounds:>7}"
        )


def show_figures(figures: Sequence[Figure]) -> None:
    print(f"\n{'':<4} {'what':<52} {'students':>9} {'figure':>9} {'must':>6} {'aim':>6}  {'':<9} from")
    for figure in figures:
        must, aim = (f"{figure.target.must:g}", f"{figure.target.aim:g}") if figure.target else ("", "")
        value = f"{figure.value:.2f} x" if figure.unit == "x" else f"{figure.value:,.0f} {figure.unit}"
        print(
            f"{figure.code:<4} {figure.work:<52} {figure.students:>9,} {value:>9} {must:>6} {aim:>6}"
            f"  {figure.verdict:<9} {figure.basis}"
        )


def show_failures(results: Results) -> None:
    for failure in results.failures:
        case = failure.case
        print(
            f"\nNot measured: {case.contender} from '{case.task}' on"
            f" ({case.students:,} students, database {case.database}).\n  {failure.reason}"
        )


def write_json(path: Path, results: Results, figures: Iterable[Figure], about: dict[str, object]) -> None:
    content = {
        "about": about,
        "figures": [dataclasses.asdict(figure) | {"verdict": figure.verdict} for figure in figures],
        **dataclasses.asdict(results),
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def about_run(peers_python: str, maker: str, postgres: str | None) -> dict[str, object]:
    """What a reader needs to judge the figures, or to get them again."""
    return {
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "postgresql": postgres,
        "postgresql_settings": SETTINGS if postgres else None,
        "inputs": maker,
        "peers": versions(peers_python),
    }


def versions(python: str) -> dict[str, str]:
    """The peers' versions, asked of their own environment; a package that is not there is left out."""
    question = (
        "import importlib.metadata as m, json, sys\n"
        "found = {d.name.lower().replace('_', '-'): d.version for d in m.distributions()}\n"
        "print(json.dumps({name: found[name] for name in sys.argv[1:] if name in found}))"
    )
    done = subprocess.run([python, "-c", question, *PEERS], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"The peers' Python does not answer: {done.stderr.strip()}")
    answer: dict[str, str] = json.loads(done.stdout)
    return answer
