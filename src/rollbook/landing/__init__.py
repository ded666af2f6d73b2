"""From the bytes of a delivery to the rows of a run, unchanged and with their true line numbers."""
