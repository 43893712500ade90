"""What several implementations of one port promise alike."""
