"""The Kubernetes API through the official client's configuration and transport, with plain JSON answers."""
