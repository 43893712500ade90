"""Chaos Mesh: its experiments as objects, and the controllers that carry them out and end them."""
