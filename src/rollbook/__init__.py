"""Rollbook: a self-hosted hub that takes rosters out of any student information system, one way and safely."""

__version__ = "0.1.0"
