"""From files to what the hub would say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rollbook_upload.preflight.checks import RowChecker
from rollbook_upload.preflight.files import DataFile, open_file, unwanted
from rollbook_upload.preflight.findings import AtTheHub, Finding, Refused, worded
from rollbook_upload.preflight.layout import SheetLayout
from rollbook_upload.preflight.mapping import Cells, RuleMapper
from rollbook_upload.preflight.recognition import layout_of
from rollbook_upload.preflight.rules import Rules
from rollbook_upload.preflight.settling import Settler, with_effects
from rollbook_upload.preflight.sheets import Landed, Lookups, land
from rollbook_upload.preflight.store import Store

ACROSS = (
    "duplicate-row",
    "duplicate-differs",
    "duplicate-conflict",
    "duplicate-email",
    "reference-not-found",
    "reference-dropped",
    "reference-cycle",
    "sheet-missing",
)
"""Findings that need all files of the delivery: none of them where a file is left to the hub."""

_BATCH = 5_000


@dataclass
class Report:
    """
    What was found.

    Args:
        found: The findings in words, the worst first, with the fields of `rollbook check --json`.

        refusals: Why the hub would take nothing at all: code, file and message.

        left: What only the hub can check, a sentence each.

        rows: How many rows were checked.
    """

    layout: str = ""
    found: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    rows: int = 0

    @property
    def severities(self) -> dict[str, int]:
        """How many findings of each severity; a refusal is an error."""
        counts = Counter(one["severity"] for one in self.found)
        return {"error": counts["error"] + len(self.refusals), "warning": counts["warning"], "notice": counts["notice"]}

    @property
    def has_errors(self) -> bool:
        """The hub would refuse the delivery, or some rows of it."""
        return self.severities["error"] > 0


def check(files: Iterable[tuple[str, Path]], rules: Rules, later: Iterable[str] = ()) -> Report:
    """
    Check the files of one delivery by themselves: references must be met within them.

    Args:
        files: The name of each in the delivery, and where it lies.

        later: Files of the delivery that are still being written.
    """
    report = Report(left=[f"{name} is still being written: it is checked once it is whole." for name in later])
    findings: list[Finding] = []
    opened = list(_opened(files, rules, report, findings))
    is_whole = not report.left
    if not report.refusals and opened:
        _check(opened, rules, report, findings, is_whole=is_whole)
    elif not report.refusals and is_whole:
        _refuse(report, Refused.said("file-empty", "", "There is no sheet among the files. Nothing was checked."))
    report.found = worded(findings, rules)
    return report


def _opened(
    files: Iterable[tuple[str, Path]], rules: Rules, report: Report, findings: list[Finding]
) -> Iterator[DataFile]:
    """The files that are read, in the order of their names."""
    for name, path in sorted(files):
        why = unwanted(name, path.is_file() and not path.is_symlink())
        if why:
            findings.append(Finding("file-ignored", file=name, detail=f"{why}, so it was left out."))
            continue
        try:
            yield open_file(name, path, rules)
        except Refused as refusal:
            _refuse(report, refusal)
        except AtTheHub as left:
            report.left.append(f"{name} {left}: it is checked at the hub.")


def _refuse(report: Report, refusal: Refused) -> None:
    report.refusals.append({"code": refusal.code, "file": refusal.file, "message": str(refusal)})


def _check(
    opened: Sequence[DataFile], rules: Rules, report: Report, findings: list[Finding], *, is_whole: bool
) -> None:
    layout = layout_of(rules, [(file.stem, file.header) for file in opened])
    if layout is None and not is_whole:
        report.left.append("The layout cannot be told from these files alone: all of them are checked at the hub.")
        return
    if layout is None:
        names = ", ".join(file.name for file in opened[:5])
        message = (
            f"The files ({names}) fit none of the known layouts. Nothing was changed. "
            "Name the layout, or describe your own (see the page on layouts)."
        )
        _refuse(report, Refused.said("file-unknown", "", message))
        return
    report.layout = layout.name
    landed = land(opened, layout, rules, is_whole=is_whole)
    for refusal in landed.refusals:
        _refuse(report, refusal)
    if landed.refusals:
        return
    findings += landed.findings
    with Store() as store:
        found = _Rows(landed, rules, store)
        found.read()
        settler = Settler(store, rules, layout, landed.names, found.fallen)
        for entity in rules.entities:
            if entity.name in store.tables:
                settler.settle(entity, store.tables[entity.name])
        settler.share_emails()
    report.rows = found.rows
    across = [one for one in settler.findings if is_whole or one.code not in ACROSS]
    with_effects([*found.findings, *across], settler.effects)
    findings += [*found.findings, *across]
    if not is_whole:
        report.left.append("What needs all files at once (references, repeats, missing sheets) is checked at the hub.")


class _Rows:
    """The rows of all sheets, read, judged and mapped into the store."""

    def __init__(self, landed: Landed, rules: Rules, store: Store) -> None:
        self._landed, self._rules, self._store = landed, rules, store
        self._entities = {entity.name: entity for entity in rules.entities}
        self._sheets = [landed.layout.sheet(name) for name in landed.sheets()]
        self._lookups = {sheet.name: Lookups(sheet, landed, rules) for sheet in self._sheets}
        self.findings: list[Finding] = []
        self.fallen: dict[str, dict[str, str]] = {}
        self.rows = 0

    def read(self) -> None:
        """Read every sheet."""
        sheets = [(sheet, self._mappers(sheet)) for sheet in self._sheets]
        fields: dict[str, dict[str, None]] = {}
        for _, mappers in sheets:
            for mapper in mappers:
                fields.setdefault(mapper.entity.name, {}).update(dict.fromkeys(f.name for f in mapper.fields))
        for entity, names in fields.items():
            self._store.table(entity, list(names))
        for sheet, mappers in sheets:
            self._read_sheet(sheet, mappers)

    def _columns(self, sheet: SheetLayout) -> list[str]:
        """The columns that were sent or looked up."""
        parts = [part for part in self._landed.parts[sheet.name] if part.has_rows]
        sent = dict.fromkeys(column for part in parts for column in part.columns)
        return [*sent, *self._lookups[sheet.name].columns]

    def _mappers(self, sheet: SheetLayout) -> list[RuleMapper]:
        columns = self._columns(sheet)
        return [RuleMapper(rule, sheet, self._entities[rule.entity], columns, self._rules) for rule in sheet.rules]

    def _read_sheet(self, sheet: SheetLayout, mappers: list[RuleMapper]) -> None:
        lookups = self._lookups[sheet.name]
        checker = RowChecker(sheet, self._columns(sheet), self._rules, self._landed.layout.dates)
        waiting: dict[int, list[list[Any]]] = {number: [] for number in range(len(mappers))}
        for part in self._landed.parts[sheet.name]:
            for line, count, row in part.rows() if part.has_rows else ():
                self.rows += 1
                lookups.fill(row)
                cells, is_taken, findings = checker.check(row, part.file.name, part.number, line, count, part.width)
                self.findings += findings
                if not is_taken:
                    self._fall(mappers, cells, f"{sheet.name}:{part.number}:{line}")
                    continue
                for number, mapper in enumerate(mappers):
                    for record in mapper.records(cells):
                        rule = mapper.rule
                        place = (
                            record.key,
                            record.ended,
                            sheet.name,
                            part.number,
                            line,
                            rule.repeats,
                            rule.placeholder,
                        )
                        waiting[number].append([*place, *self._in_table(mapper, record.fields)])
                if self.rows % _BATCH == 0:
                    self._keep(mappers, waiting)
        self._keep(mappers, waiting)

    def _in_table(self, mapper: RuleMapper, values: list[str | None]) -> list[str | None]:
        """The fields of a record in the order of the entity's table."""
        given = dict(zip((field.name for field in mapper.fields), values))
        return [given.get(name) for name in self._store.tables[mapper.entity.name].fields]

    def _keep(self, mappers: list[RuleMapper], waiting: dict[int, list[list[Any]]]) -> None:
        for number, mapper in enumerate(mappers):
            self._store.tables[mapper.entity.name].add(waiting[number])
            waiting[number] = []

    def _fall(self, mappers: list[RuleMapper], cells: Cells, root: str) -> None:
        """Remember the keys that a rejected row would have given, with the row as their cause."""
        for mapper in mappers:
            for record in mapper.records(cells):
                self.fallen.setdefault(mapper.entity.name, {}).setdefault(record.key, root)
