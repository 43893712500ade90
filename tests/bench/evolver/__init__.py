"""The Evolver for real: lessons of what a warm-started tiny model failed at, and those tasks again with them."""
