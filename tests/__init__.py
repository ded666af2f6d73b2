"""
The tests of the hub.

A package, and not only a folder, so that it is found before the package `tests` that the wheel of PyPI `oneroster`
puts beside the libraries.
"""
