"""
SchoolTool, by Mindex, of New York State: there is no public description of an API.

    declaration.py   what the form asks for in each mode, and what it cannot fill
    source.py        the mode that was chosen
    service.py       its OneRoster 1.1 service, at the address form that a New York RIC uses
    files.py         an export that the district puts somewhere: a zip or a sheet
"""

from rollbook.sources.schooltool.declaration import KIND

__all__ = ["KIND"]
