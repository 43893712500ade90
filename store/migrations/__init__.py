"""Alembic scripts; `store.migrate` runs them."""
