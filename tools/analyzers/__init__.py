"""Analyzers: one suspicion each, a pure function over one snapshot."""
