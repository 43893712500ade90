"""Lessons at work: which of them fire, what they say to a policy and to people, and what became of it."""
