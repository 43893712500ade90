"""The local Slack server: install, start and play the engineer."""
