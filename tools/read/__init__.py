"""Probes: one read-only call each, with typed arguments."""
