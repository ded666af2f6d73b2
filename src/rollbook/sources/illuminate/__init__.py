"""
Illuminate Education (DnA, formerly ISI), by its REST API.

    declaration.py   what it asks for, and what it can see
    profile.py       which method of a server answers which stream: data that an admin can replace
    listing.py       the rows of one method, in whatever shape they come
    source.py        reads the lists into streams

Transport, paging and access are known from public clients; the names of most methods are a prediction.
"""
