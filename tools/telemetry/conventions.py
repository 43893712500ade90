"""How programs name their request metrics; the first convention that has data speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Convention:
    """One family of names."""

    requests: str
    """A counter of requests."""
    buckets: str
    """The histogram of their duration."""
    service: str
    """The label that names the service that answers."""
    code: str
    """The label with the HTTP status."""
    namespace: str
    """The label with the service's namespace."""
    seconds: float = 1.0
    """Of one unit of the histogram."""
    failing: str = "5.."
    """A regular expression of the codes that are failures."""

    def rate(self, namespace: str, window: str, failed: bool = False) -> str:
        """Requests a second by service."""
        codes = f',{self.code}=~"{self.failing}"' if failed else ""
        selector = f'{self.requests}{{{self.namespace}="{namespace}"{codes}}}'
        return f"sum by ({self.service}) (rate({selector}{window}))"

    def latency(self, namespace: str, window: str, share: float) -> str:
        """A quantile of the duration by service, in the histogram's unit."""
        selector = f'{self.buckets}{{{self.namespace}="{namespace}"}}'
        return f"histogram_quantile({share:g}, sum by ({self.service}, le) (rate({selector}{window})))"


CONVENTIONS: tuple[Convention, ...] = (
    Convention("http_requests_total", "http_request_duration_seconds_bucket", "service", "code", "namespace"),
    Convention(
        "istio_requests_total",
        "istio_request_duration_milliseconds_bucket",
        "destination_service_name",
        "response_code",
        "destination_service_namespace",
        seconds=0.001,
    ),
    # OpenTelemetry's semantic conventions, as its collector writes them for Prometheus.
    Convention(
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds_bucket",
        "service_name",
        "http_response_status_code",
        "k8s_namespace_name",
    ),
)
