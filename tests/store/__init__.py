"""The store's own parts."""
