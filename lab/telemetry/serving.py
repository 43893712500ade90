"""The telemetry of a world on one loopback port: Prometheus, Jaeger and Loki, and a page to scrape."""

from types import TracebackType
from typing import Self

from lab.cluster.api.answer import json_answer
from lab.cluster.serving import LoopbackServer
from lab.telemetry.exposition import page
from lab.telemetry.http import HttpApplication
from lab.telemetry.jaeger_api import JaegerApi
from lab.telemetry.loki_api import LokiApi
from lab.telemetry.metrics import Metrics
from lab.telemetry.prometheus_api import PrometheusApi
from lab.traffic.traffic import Traffic


class TelemetryServer:
    """Serves from `start` to `stop`; plain HTTP, as such servers do behind a mesh."""

    def __init__(self, traffic: Traffic, port: int = 0, metrics: Metrics | None = None) -> None:
        """Port 0 takes a free one; `metrics` are those of this traffic, where somebody has them already."""
        metrics = Metrics(traffic) if metrics is None else metrics
        routes = (
            ("/metrics", lambda asked: page(metrics, asked)),
            *PrometheusApi(metrics).routes(),
            *JaegerApi(traffic).routes(),
            *LokiApi(traffic).routes(),
        )
        missing = json_answer({"status": "error", "errorType": "not_found", "error": "no such path"}, 404)
        self._server = LoopbackServer(HttpApplication(routes, lambda asked: missing), port)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`: the address of all three."""
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> Self:
        """Ready on return."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Close the port."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
