"""Reads the files of a run, a page at a time, as the templates show them."""
