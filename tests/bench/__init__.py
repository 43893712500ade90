"""Benchmarks with real processes, run by `make bench`; nothing in the tests depends on how fast a machine is."""
