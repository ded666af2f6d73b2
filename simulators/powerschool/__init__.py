"""
PowerSchool SIS: OAuth, `/ws/v1`, `/ws/contacts`, `/ws/schema`, and PowerQueries that a plugin brings.

    dictionary.py   its tables and their columns
    keys.py         DCID, ID and number: three keys for each thing, none of which is another
    rows.py         the district as rows of those tables: people.py, contacts.py and timetable.py have the parts
    database.py     the tables in SQLite, and what a night leaves behind in them
    plugins.py      what a plugin may read and ask
    fiql.py         the filter language
    irregular.py    the JSON of `/ws/v1`
    students.py     what `/ws/v1` says of a student; places.py, of schools, staff, courses, sections, terms
    installed/      the files of the hub's two plugins, as they come out of their zips
    door.py         tokens, permissions, pages and maintenance
    answers.py      how `/ws/v1` finds things, and its envelopes
    core.py         the paths of `/ws/v1`, with core_people.py and core_teaching.py
    relations.py    those of `/ws/contacts`; schema.py those of `/ws/schema`; photos.py the pictures
    system.py       all of it together

Reference: the public export of the vendor's API description and what published clients read and were answered.
"""

from simulators.powerschool.system import PowerSchool, PowerSchoolQuery

__all__ = ["PowerSchool", "PowerSchoolQuery"]
