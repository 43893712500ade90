"""Data about the Kubernetes API, and the scripts that made it."""
