"""
What the hub would say of some files, said before they are sent.

The rules are the hub's own: a signed bundle (see `rules`). The modules follow the journey of a row: bytes are read
(`bytecode`, `records`, `files`), cells are read and judged (`values`, `checks`), rows become records (`mapping`), and
records are compared with each other (`settling`). `report` does all of it.
"""

from rollbook_upload.preflight.report import Report, check

__all__ = ["Report", "check"]
