"""
What Rollbook promises about speed: the rows of the table, and how each figure is found.

A ratio is Rollbook's median divided by the peer's. A target holds for the sizes it was
set for; at other sizes the figure is shown without one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bench.results import Case, Medians, Results
from bench.tasks import NO_DATABASE, POSTGRESQL, SQLITE, Task

SMALLEST_STEP = 0.1
"""Seconds below which a step's growth says more about the clock than about the step."""


@dataclass(frozen=True)
class Target:
    must: float
    aim: float


@dataclass(frozen=True)
class Figure:
    """One line of the table; `basis` says which measurements it came from."""

    code: str
    work: str
    students: int
    value: float
    unit: str
    target: Target | None
    basis: str

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        if self.value <= self.target.aim:
            return "aim met"
        return "must met" if self.value <= self.target.must else "MISSED"


Finder = Callable[["Row", Results, int, int | None], list[Figure]]
"""Row, results, size, next smaller measured size -> the figures."""


@dataclass(frozen=True)
class Row:
    """
    One promise.

    Args:
        tasks: What has to be measured for it.

        find: Makes the figures for one size, given the next smaller measured size if there is one.

        targets: Size -> target, for the sizes that have one.
    """

    code: str
    work: str
    database: str
    tasks: frozenset[Task]
    find: Finder
    targets: Mapping[int, Target] = field(default_factory=dict)

    def measured(self, results: Results, contender: str, task: Task, students: int) -> Medians | None:
        return results.medians(Case(contender, task, self.database, students))

    def rollbook(self, results: Results, task: Task, students: int) -> Medians | None:
        return self.measured(results, "rollbook", task, students)

    def figure(self, students: int, value: float, basis: str, *, unit: str = "x", work: str = "") -> Figure:
        target = Target(0, 0) if unit == "rows" else self.targets.get(students)
        return Figure(self.code, work or self.work, students, value, unit, target, basis)


def against(peer: str, task: Task, *, for_information: bool = False) -> Finder:
    """Rollbook's seconds for a task as a share of a peer's; no target counts for information."""

    def find(row: Row, results: Results, students: int, _smaller: int | None) -> list[Figure]:
        ours, theirs = row.rollbook(results, task, students), row.measured(results, peer, task, students)
        if not ours or not theirs:
            return []
        basis = f"{ours.seconds:.2f} s / {peer} {theirs.seconds:.2f} s"
        figure = row.figure(students, ours.seconds / theirs.seconds, basis)
        return [replace(figure, target=None) if for_information else figure]

    return find


def against_dlt(task: Task) -> Finder:
    """Against the form the targets name, and for information against the quickest."""
    return both(against("dlt", task), against("dlt-append", task, for_information=True))


def touched(task: Task) -> Finder:
    """Roster rows that Rollbook wrote during a task that must not write any."""

    def find(row: Row, results: Results, students: int, _smaller: int | None) -> list[Figure]:
        ours = row.rollbook(results, task, students)
        if not ours or ours.rows_touched is None:
            return []
        work = f"{row.work}: rows touched"
        return [row.figure(students, ours.rows_touched, "pg_stat_user_tables", unit="rows", work=work)]

    return find


def both(*finders: Finder) -> Finder:
    def find(row: Row, results: Results, students: int, smaller: int | None) -> list[Figure]:
        return [figure for finder in finders for figure in finder(row, results, students, smaller)]

    return find


def test_against_real(row: Row, results: Results, students: int, _smaller: int | None) -> list[Figure]:
    test, real = row.rollbook(results, Task.TEST, students), row.rollbook(results, Task.CHANGED, students)
    if not test or not real:
        return []
    basis = f"{test.seconds:.2f} s / real run {real.seconds:.2f} s"
    return [row.figure(students, test.seconds / real.seconds, basis)]


def peak_memory(row: Row, results: Results, students: int, _smaller: int | None) -> list[Figure]:
    """The peak of the hungriest task."""
    peaks = {task: row.rollbook(results, task, students) for task in row.tasks}
    measured = {task: found.peak_mb for task, found in peaks.items() if found}
    if not measured:
        return []
    hungriest = max(measured, key=lambda task: measured[task])
    return [row.figure(students, measured[hungriest], str(hungriest), unit="MB")]


def growth(row: Row, results: Results, students: int, smaller: int | None) -> list[Figure]:
    """Seconds a student at this size against the next smaller one: the whole load, and each step that counts."""
    before = row.rollbook(results, Task.FIRST, smaller) if smaller else None
    after = row.rollbook(results, Task.FIRST, students)
    if not smaller or not before or not after:
        return []

    def grown(work: str, then: float, now: float) -> Figure:
        basis = f"{then:.2f} s at {smaller:,} -> {now:.2f} s"
        return row.figure(students, (now / students) / (then / smaller), basis, work=work)

    steps = [
        grown(f"{row.work}: {name}", before.steps[name], seconds)
        for name, seconds in after.steps.items()
        if seconds >= SMALLEST_STEP and before.steps.get(name)
    ]
    return [grown(row.work, before.seconds, after.seconds), *steps]


def undo_against_apply(row: Row, results: Results, students: int, _smaller: int | None) -> list[Figure]:
    """The undo without the start of its process, since the apply step has none either."""
    undo, startup = row.rollbook(results, Task.UNDO, students), row.rollbook(results, Task.STARTUP, students)
    night = row.rollbook(results, Task.CHANGED, students)
    apply = night.steps.get("apply") if night else None
    if not undo or not startup or not apply:
        return []
    basis = f"({undo.seconds:.2f} s - start-up {startup.seconds:.2f} s) / apply {apply:.2f} s"
    return [row.figure(students, max(undo.seconds - startup.seconds, 0.0) / apply, basis)]


N10K, N100K, N1M = 10_000, 100_000, 1_000_000

ROWS = (
    Row(
        "P1",
        "first load against dlt",
        POSTGRESQL,
        frozenset({Task.FIRST}),
        against_dlt(Task.FIRST),
        {N10K: Target(1.0, 0.6), N100K: Target(1.0, 0.8), N1M: Target(1.2, 1.0)},
    ),
    Row(
        "P2",
        "the same files again against dlt",
        POSTGRESQL,
        frozenset({Task.FIRST, Task.SAME}),
        against_dlt(Task.SAME),
        {N100K: Target(0.10, 0.06)},
    ),
    Row(
        "P2b",
        "other bytes, no changed record",
        POSTGRESQL,
        frozenset({Task.FIRST, Task.OTHER_BYTES}),
        both(against_dlt(Task.OTHER_BYTES), touched(Task.OTHER_BYTES)),
        {N100K: Target(0.25, 0.15)},
    ),
    Row(
        "P3",
        "1 % changed against dlt",
        POSTGRESQL,
        frozenset({Task.FIRST, Task.CHANGED}),
        against_dlt(Task.CHANGED),
        {N100K: Target(0.45, 0.3)},
    ),
    Row(
        "P4",
        "check against plain Polars",
        NO_DATABASE,
        frozenset({Task.CHECK}),
        against("polars", Task.CHECK),
        {N100K: Target(2.5, 1.5)},
    ),
    Row(
        "P4",
        "check against frictionless",
        NO_DATABASE,
        frozenset({Task.CHECK}),
        against("frictionless", Task.CHECK),
        {N10K: Target(0.2, 0.12)},
    ),
    Row(
        "P5",
        "test run against the real run, 1 % changed",
        POSTGRESQL,
        frozenset({Task.FIRST, Task.TEST, Task.CHANGED}),
        both(test_against_real, touched(Task.TEST)),
        {N10K: Target(1.0, 0.8), N100K: Target(1.0, 0.8), N1M: Target(1.0, 0.8)},
    ),
    Row(
        "P8",
        "peak memory",
        POSTGRESQL,
        frozenset({Task.FIRST, Task.SAME, Task.OTHER_BYTES, Task.CHANGED}),
        peak_memory,
        {N10K: Target(250, 160), N100K: Target(500, 350), N1M: Target(1500, 1000)},
    ),
    Row(
        "P9",
        "first load, seconds a student",
        POSTGRESQL,
        frozenset({Task.FIRST}),
        growth,
        {N1M: Target(1.3, 1.0)},
    ),
    Row(
        "P10",
        "SQLite: first load against pandas + SQLAlchemy",
        SQLITE,
        frozenset({Task.FIRST}),
        against("pandas", Task.FIRST),
        {N100K: Target(0.15, 0.08)},
    ),
    Row(
        "P12",
        "undo of a 1 % night against its apply",
        POSTGRESQL,
        frozenset({Task.FIRST, Task.CHANGED, Task.STARTUP, Task.UNDO}),
        undo_against_apply,
        {N10K: Target(1.0, 0.8), N100K: Target(1.0, 0.8), N1M: Target(1.0, 0.8)},
    ),
)
