"""Hands: probes, analyzers, actions, redaction, guardrails and the executor."""
