"""Benchmarks: Rollbook beside its peers, as ratios in one run (`make bench`)."""
