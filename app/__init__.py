"""Composition root and the `aoi` command."""
