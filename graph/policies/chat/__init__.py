"""The Observer on a language model: what it is shown, what it may answer, and what its answer means."""
