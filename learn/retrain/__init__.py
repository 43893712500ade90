"""One retrain, from the runs of the week to a candidate that waits for Promote; it outlives its process."""
