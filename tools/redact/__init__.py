"""Redaction: secrets are removed at the probe, before storage, model, Slack or log."""
