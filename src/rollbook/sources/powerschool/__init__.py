"""
PowerSchool SIS, in the two ways it can be read.

    rest.py         `/ws/v1` and `/ws/contacts`: a plugin that only asks for access; simple and slow
    query.py        the named queries of a plugin of our own: whole, regular, quick, and able to tell what has changed
    records.py      what `/ws/v1` and `/ws/contacts` say, as rows
    declaration.py  what both ask of the admin, and can see
    connection.py   the token, the pages, the year, photos
    terms.py        terms as a tree
    words.py        PowerSchool's codes and dates in the words of the roster
    plugin/         the two plugins that an administrator installs

Both give the same keys, always DCIDs: `student:` STUDENTS.DCID, `staff:` USERS.DCID (never the one of SCHOOLSTAFF, of
which a person has one in each school), `contact:` PERSON.ID; schools, terms, courses and sections by theirs.
"""
