"""The analyzers over metrics and traces; a new one is a file `signals_….py` and a line here."""

from tools.analyzers import (
    signals_errors,
    signals_latency,
    signals_memory,
    signals_queues,
    signals_resources,
    signals_traffic,
)
from tools.analyzers.suspicion import Analyzer

SIGNAL_ANALYZERS: tuple[Analyzer, ...] = (
    signals_errors.analyze,
    signals_latency.analyze,
    signals_resources.analyze_cpu,
    signals_memory.analyze,
    signals_traffic.analyze,
    signals_queues.analyze,
)
