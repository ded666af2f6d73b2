"""What was measured, and the medians over the rounds."""

from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Case:
    """What one contender does with one task, however many rounds it is measured in."""

    contender: str
    task: str
    database: str
    students: int


@dataclass(frozen=True)
class Measurement:
    """
    One case, done once.

    `rows_touched` counts the roster rows that it wrote; None where nothing counts them (SQLite, checks).
    """

    case: Case
    round: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    rows_touched: int | None
    steps: dict[str, float]


@dataclass(frozen=True)
class Medians:
    """One case over all its rounds; `rows_touched` is the most of any round: a promise of none must always hold."""

    rounds: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    rows_touched: int | None
    steps: dict[str, float]


@dataclass(frozen=True)
class Failure:
    case: Case
    reason: str


@dataclass
class Results:
    measurements: list[Measurement] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def cases(self) -> list[Case]:
        """All that was measured, in the order in which it first was."""
        return list(dict.fromkeys(found.case for found in self.measurements))

    def medians(self, case: Case) -> Medians | None:
        """None when the case was never measured."""
        found = [each for each in self.measurements if each.case == case]
        if not found:
            return None
        return Medians(
            rounds=len(found),
            seconds=median(each.seconds for each in found),
            cpu_seconds=median(each.cpu_seconds for each in found),
            peak_mb=median(each.peak_mb for each in found),
            rows_touched=max((each.rows_touched for each in found if each.rows_touched is not None), default=None),
            steps={name: median(each.steps.get(name, 0.0) for each in found) for name in found[0].steps},
        )
