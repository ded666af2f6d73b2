"""
OneRoster 1.1 and 1.2: the rostering service of 1EdTech's standard, as many systems offer it.

    declaration.py   what the form asks for, and what the source can see
    source.py        the pull and the test of the connection
    listing.py       one collection, page by page, with the proof that it is whole
    shapes.py        what the versions and servers write differently, brought into one shape
    changes.py       whether a server can be asked for changes only, and from when on
"""

from rollbook.sources.oneroster.declaration import KIND

__all__ = ["KIND"]
