"""Server-side printing: what `kubectl get` shows."""
