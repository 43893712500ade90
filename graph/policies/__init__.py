"""Policies: who makes the decision of a step."""
