"""PromQL over the lab's series: parsed by promql-parser, evaluated as Prometheus does for what is supported."""
