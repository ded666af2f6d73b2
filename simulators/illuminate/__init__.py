"""
Illuminate Education (DnA, formerly ISI): a REST interface behind OAuth 1.0a or OAuth 2.

    world.py     the district in Illuminate's words: tables of rows
    past.py      rows that have ended stay, with a leave date
    access.py    signatures and tokens
    flatfiles.py the files that it exports every night
    system.py    paths, pages, sessions and the server's own cache

Transport, paging, access, `Sites` and `GradeLevels` are as public sources show them. The names of the other resources
and of their keys are a prediction from the vendor's flat files, as nobody has published them.
"""

from simulators.illuminate.system import Illuminate

__all__ = ["Illuminate"]
