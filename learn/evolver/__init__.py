"""The Evolver: failed runs become plans, plans are judged by replay, and what holds becomes a lesson."""
