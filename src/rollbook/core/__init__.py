"""Pure rules: Polars frames in, Polars frames out; no Django, no I/O, no clock."""
