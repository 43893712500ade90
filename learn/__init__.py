"""From journal to trajectories, lessons, data sets and adapters."""
