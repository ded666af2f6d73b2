"""Check and send data sheets to a Rollbook hub. Standard library only; Python 3.9 and later."""

__version__ = "0.1.0"
