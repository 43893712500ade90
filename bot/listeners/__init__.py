"""Thin listeners: parse, one call, acknowledge."""
