"""Programs around AOI that are no part of it."""
