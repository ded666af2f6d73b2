"""
A made-up school district, and stand-ins for the systems that keep one.

    district.py     make the district of one night; the command that writes it as files
    model.py        what a district is made of
    people.py       families; names.py has their names
    schedule.py     the school year, courses, classes, and who sits where
    staff.py        who teaches and who keeps the schools going
    nights.py       what changes from one night to the next
    sheets.py       the district in any layout of layouts/, as files or one zip
    faults.py       what senders get wrong, planted on purpose, with a list of where
    dice.py         chance that repeats
    http/           what every simulated system needs to be a real server on loopback
    systems.py      the systems that can be simulated, each in a module or package of its own

Nothing here imports the hub: a simulator that shares code with what it tests shares its mistakes.
"""
