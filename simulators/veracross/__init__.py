"""
A simulated Veracross: one school site with the old Data API v2, the Data API v3, and the accounts host of its tokens.

    keys.py       the numbers that Veracross gives to people, classes and the rest
    world.py      the district as Veracross sees it tonight: who is listed where, and when a record was last changed
    codes.py      value lists: what the numbers of coded fields mean at this school
    people.py     people, households and relationships as v3 writes them
    academics.py  courses, classes, enrollments and their kind as v3 writes them
    listing.py    a resource: what may be asked of it, which records answer, page by page
    catalogue.py  the resources of v3
    legacy.py     the resources of v2
    tokens.py     tokens of the accounts host, and how many requests each still has
    system.py     paths and answers
"""

from simulators.veracross.system import Veracross

__all__ = ["Veracross"]
