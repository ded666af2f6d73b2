"""
The plugins that a PowerSchool administrator installs so that the hub may read: for the REST interface, and with
named queries.

    queries/        one file for each named query: its SQL, which says all there is to say about it
    queries.py      which columns such a query answers, and which it reads
    rest.toml       what the REST interface needs to see
    archive.py      the two zip files

The layout of the files and the rules of named queries: the vendor's documentation of plugins and PowerQueries, and the
published plugins that follow it.
"""

from rollbook.sources.powerschool.plugin.archive import PLUGINS, plugin

__all__ = ["PLUGINS", "plugin"]
