"""Slack: listeners, cards, approvers and the outbox."""
