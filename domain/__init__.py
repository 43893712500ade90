"""The vocabulary: frozen values, and the ports the rest depends on."""
