"""Metrics, traces and logs of the lab's worlds over the protocols that people have."""
