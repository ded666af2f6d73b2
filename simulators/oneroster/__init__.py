"""
A server of OneRoster 1.1 and 1.2, rostering service.

    system.py      what it answers: tokens, collections, single objects
    resources.py   the 41 paths: which list each of them reads
    world.py       a district in OneRoster's words; dialect.py has what servers write differently
    history.py     when each record last changed, and what was removed
    queries.py     filter, sort and fields; pages.py cuts a list into pages
    access.py      OAuth 1 signatures, OAuth 2 tokens and scopes
    refusals.py    the error bodies that are met in the wild

Written after the 1EdTech OpenAPI of the 1.2 rostering service and public clients of 1.1.
"""

from simulators.oneroster.system import OneRoster

__all__ = ["OneRoster"]
