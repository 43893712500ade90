"""An embedded Kubernetes control plane."""
