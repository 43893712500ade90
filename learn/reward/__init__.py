"""What a reply is worth at its step: six pure parts, each 0 to 1, and their written weights."""
