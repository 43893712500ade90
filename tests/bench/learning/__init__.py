"""The learning loop for real: a tiny model from scratch, GRPO on lab steps, and full runs on unseen faults."""
