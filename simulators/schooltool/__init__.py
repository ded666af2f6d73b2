"""A stand-in for SchoolTool (Mindex): its OneRoster service, and a folder of exports."""

from simulators.schooltool.system import SchoolTool

__all__ = ["SchoolTool"]
