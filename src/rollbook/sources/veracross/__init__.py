"""
Veracross: one school site, read through its Data API v3 (OAuth 2) or the older v2 (user and password).

    declaration.py  what it asks for, and what it can see
    source.py       the pull and the test of the connection, by version
    data_v3.py      the endpoints of v3: scopes, value lists, which of them know changes only
    data_v2.py      the resources of v2
    listing.py      all pages of a list, with the proof that none slipped
    rates.py        how long to wait, as the rate limit says
    sessions.py     the school year and its terms, out of grading periods
"""
