"""The control loops, one a file."""
