"""The Student Information Systems that can be simulated, by the name of the source that reads them."""

from importlib import import_module

from simulators.http.system import System

SYSTEMS = {
    "powerschool": "simulators.powerschool:PowerSchool",
    "powerschool_query": "simulators.powerschool:PowerSchoolQuery",
    "aeries": "simulators.aeries:Aeries",
    "veracross": "simulators.veracross:Veracross",
    "illuminate": "simulators.illuminate:Illuminate",
    "schooltool": "simulators.schooltool:SchoolTool",
    "oneroster": "simulators.oneroster:OneRoster",
}


def system(kind: str) -> type[System]:
    """The class of a system; KeyError when there is none of that name."""
    module, _, name = SYSTEMS[kind].partition(":")
    found: type[System] = getattr(import_module(module), name)
    return found
