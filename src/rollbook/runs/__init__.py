"""One run, from request to report."""
