"""Measure what lessons are worth: the ten drills of `tribal` and the basics, before and after, without a model."""
