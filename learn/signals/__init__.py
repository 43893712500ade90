"""What runs and their steps were worth and who says so, what was right, and the replies that were drawn."""
