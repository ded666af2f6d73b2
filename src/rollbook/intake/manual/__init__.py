"""Files that a member uploads on a page: kept, looked at, matched, previewed."""
