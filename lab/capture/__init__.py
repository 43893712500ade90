"""A real namespace made into a scenario: what was there, what is ill in it, and how its programs behave."""
