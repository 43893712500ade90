"""Slack: cards, parsing, approvers, inbox, outbox, and the bot before a Slack server."""
