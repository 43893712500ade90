"""Nodes: one step of the state machine each."""
