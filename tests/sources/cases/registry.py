"""All cases: a source adds its module here."""

from __future__ import annotations

from tests.sources.cases import aeries, illuminate, oneroster, plain, powerschool, schooltool, veracross
from tests.sources.cases.case import Case

CASES: list[Case] = [
    *plain.CASES,
    *aeries.CASES,
    *powerschool.CASES,
    *illuminate.CASES,
    *veracross.CASES,
    *oneroster.CASES,
    *schooltool.CASES,
]
