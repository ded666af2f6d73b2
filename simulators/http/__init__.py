"""
What every simulated Student Information System needs to be a real server on loopback.

    system.py     the base of a system: its district, its nights, its server, what it was asked
    routes.py     which function answers which path
    messages.py   requests and answers
    faults.py     what goes wrong on demand
"""
