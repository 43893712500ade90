"""The HTTP face of the cluster: Kubernetes' REST semantics as an ASGI application."""
