"""Before and after on held-out tasks, the gate between a candidate and the team, and the report on both."""
