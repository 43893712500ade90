"""How programs name their request metrics; the first convention that has data speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Convention:
    """One family of names."""

    requests: str
    """A counter of requests."""
    duration: str
    """The histogram of their duration, without `_bucket`, `_sum` and `_count`."""
    service: str
    """The label that names the service that answers."""
    code: str
    """The label with the outcome, such as the HTTP status."""
    namespace: str
    """The label with the service's namespace."""
    route: str = ""
    """The label with the route or operation; empty where there is none."""
    only: str = ""
    """Further matchers, such as one for the answering side of a call."""
    seconds: float = 1.0
    """Of one unit of the histogram."""
    failing: str = "5.."
    """A regular expression of the outcomes that are failures."""

    def rate(self, namespace: str, window: str, failed: bool = False, by_route: bool = False) -> str:
        """Requests a second by service, or by service and route."""
        codes = f',{self.code}=~"{self.failing}"' if failed else ""
        by = f"{self.service}, {self.route}" if by_route and self.route else self.service
        return f"sum by ({by}) (rate({self.requests}{self._within(namespace, codes)}{window}))"

    def mean(self, namespace: str, window: str) -> str:
        """The mean duration by service, in the histogram's unit."""
        total, number = (
            f"sum by ({self.service}) (rate({self.duration}_{part}{self._within(namespace)}{window}))"
            for part in ("sum", "count")
        )
        return f"{total} / {number}"

    def latency(self, namespace: str, window: str, share: float) -> str:
        """A quantile of the duration by service, in the histogram's unit."""
        buckets = f"{self.duration}_bucket{self._within(namespace)}"
        return f"histogram_quantile({share:g}, sum by ({self.service}, le) (rate({buckets}{window})))"

    def _within(self, namespace: str, more: str = "") -> str:
        only = f",{self.only}" if self.only else ""
        return f'{{{self.namespace}="{namespace}"{only}{more}}}'


_ANSWERS = 'span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"'

CONVENTIONS: tuple[Convention, ...] = (
    Convention(
        "http_requests_total", "http_request_duration_seconds", "service", "code", "namespace", route="path"
    ),
    Convention(
        "istio_requests_total",
        "istio_request_duration_milliseconds",
        "destination_service_name",
        "response_code",
        "destination_service_namespace",
        only='reporter="destination"',
        seconds=0.001,
    ),
    # OpenTelemetry's semantic conventions, as its collector writes them for Prometheus.
    Convention(
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds",
        "service_name",
        "http_response_status_code",
        "k8s_namespace_name",
        route="http_route",
    ),
    # The collector's span metrics connector, under its present and its former default names.
    *(
        Convention(
            calls,
            duration,
            "service_name",
            "status_code",
            "k8s_namespace_name",
            route="span_name",
            only=_ANSWERS,
            seconds=0.001,
            failing="STATUS_CODE_ERROR",
        )
        for calls, duration in (
            ("traces_span_metrics_calls_total", "traces_span_metrics_duration_milliseconds"),
            ("calls_total", "duration_milliseconds"),
        )
    ),
)
