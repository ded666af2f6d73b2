"""
A made-up school district, and stand-ins for the systems that keep one.

Nothing here imports the hub: a simulator that shares code with what it tests shares its mistakes.
"""
