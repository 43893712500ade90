"""Scenarios through the front door: what people do in Slack; then messages, journal and the end world."""
