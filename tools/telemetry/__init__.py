"""Probes of metrics, traces and logs: Prometheus, Jaeger and Loki, or whatever speaks their APIs."""
