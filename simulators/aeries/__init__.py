"""
Aeries SIS, API v5: one certificate, one database for each school year, lists without totals.

    system.py     the paths
    access.py     the certificate, its areas, and the database of a year
    answers.py    pages, JSON and XML, and refusals
    world.py      one school year's database: the district in Aeries' own terms
    past.py       what nights leave behind (leavers, ended classes) and the change feeds
    people.py     students, contacts, staff, teachers, programs
    campus.py     schools, terms, courses, sections, schedules, enrollment history
    pictures.py   small photographs with EXIF
    codes.py      code tables, and which code stands for what in the district
    keys.py       how ids, dates and texts of the district are written here
"""

from simulators.aeries.system import Aeries

__all__ = ["Aeries"]
