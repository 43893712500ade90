"""Evaluation on Inspect AI: the lab's tasks as Inspect tasks, with each run's journal as its transcript.

Importing this package costs nothing; its modules import `inspect_ai`, which takes seconds, so nothing else in AOI
may import them at start-up.
"""
