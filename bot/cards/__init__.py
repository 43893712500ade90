"""Cards: pure functions from a view of the incident to Block Kit."""
