"""
Aeries, by its API version 5: docs/sources/aeries.md.

    declaration.py  what it asks for and what it can see
    source.py       the pull, from the first request to the last; the test of the connection
    api.py          requests: the certificate, the school year of every answer, pages that prove each other
    reading.py      the streams in their order: everything, or what has changed
    students.py     students and their contacts
    years.py        that an answer is of the wanted year
    photos.py       photographs
    records.py      an answer's rows, cleaned and with what lies in other answers
    enrollment.py   which of a student's rows count
    contacts.py     who is the same contact, and who is withheld
    words.py        the words for codes
    changes.py      what has changed since the last run
"""
