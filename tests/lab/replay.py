"""One drill with scripted answers, boiled down to digests: `python -m tests.lab.replay SUITE TASK` prints them."""

import hashlib
import json
import sys
from collections.abc import Iterator
from urllib.parse import urlencode
from urllib.request import urlopen

from lab.cluster.server import Cluster
from lab.drill import Drill
from lab.suite import load_suite
from lab.telemetry.serving import TelemetryServer
from tests.lab.digests import digest

PROMQL = (
    "kube_pod_status_ready",
    "sum by (pod) (rate(http_requests_total[5m]))",
    "histogram_quantile(0.9, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))",
    "container_memory_working_set_bytes",
    "rate(container_cpu_usage_seconds_total[5m])",
    "kube_pod_container_status_restarts_total",
)


def replay(suite: str, name: str, seed: int = 1) -> dict[str, str]:
    """Play a task with its reference fix: digests of the objects, events, logs and telemetry at its end."""
    task = load_suite(suite).matching(name).tasks[0]
    with Drill.prepare(task, seed) as drill, TelemetryServer(drill.stage.traffic) as server:
        drill.perform(drill.scenario.fix)
        found = {
            "objects": digest(drill.end.settled),
            "events": _digest(drill.cluster.store.list("Event")),
            "logs": _digest(list(_logs(drill.cluster))),
        }
        now, window = drill.cluster.clock.now(), 900.0
        times = {"start": now - window, "end": now}
        for query in PROMQL:
            path = "/api/v1/query_range?" + urlencode({"query": query, "step": 30, **times})
            body = _fetch(server.url + path)
            assert json.loads(body)["data"]["result"], f"{query} finds something"
            found[query] = hashlib.sha256(body).hexdigest()
        services = json.loads(_fetch(server.url + "/api/services"))["data"]
        assert services, "somebody is traced"
        for service in services:
            asked = {"service": service, "limit": 20, "start": int((now - window) * 1e6), "end": int(now * 1e6)}
            found[f"traces of {service}"] = _answer(f"{server.url}/api/traces?{urlencode(asked)}")
        nanos = {word: int(at * 1e9) for word, at in times.items()}
        asked = {"query": f'{{namespace="{drill.namespace}"}}', "limit": 2000, **nanos}
        found["kept logs"] = _answer(f"{server.url}/loki/api/v1/query_range?{urlencode(asked)}")
        found["page"] = _answer(server.url + "/metrics")
    return found


def _logs(cluster: Cluster) -> Iterator[tuple[str, str, list[str]]]:
    """The lines of every container that has run."""
    for pod in cluster.store.list("Pod"):
        for status in pod.get("status", {}).get("containerStatuses") or ():
            if "waiting" not in status["state"]:
                lines = cluster.world.logs(pod, status["name"], previous=False)
                yield pod["metadata"]["name"], status["name"], [f"{line.at} {line.text}" for line in lines]


def _fetch(url: str) -> bytes:
    with urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
        return body


def _answer(url: str) -> str:
    return hashlib.sha256(_fetch(url)).hexdigest()


def _digest(content: object) -> str:
    # The order counts, that of keys too: byte-equal, not only equal.
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


if __name__ == "__main__":
    print(json.dumps(replay(sys.argv[1], sys.argv[2])))
