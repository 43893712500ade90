"""The words of the control plane and the kubelet: one table, by Kubernetes version, with a source for each.

    texts = Texts.load("1.33")
    texts.say(Text.STARTED, name="web")   # 'Started container web'

The table is `data/texts.yaml`. A newer spelling is a row with a later `since`; the newest row that is not newer
than the server's version speaks.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from domain.base import Value

_TABLE = Path(__file__).parent / "data" / "texts.yaml"


class Text(StrEnum):
    """What can be said; each has its rows in the table."""

    # kubelet: images
    PULLING = "pulling"
    PULLED = "pulled"
    ALREADY_PRESENT = "already-present"
    FAILED_TO_PULL = "failed-to-pull"
    PULL_NOT_FOUND = "pull-not-found"
    PULL_DENIED = "pull-denied"
    BACK_OFF_PULL = "back-off-pull"
    BACK_OFF_PULL_WAITING = "back-off-pull-waiting"
    PULL_SECRET_MISSING = "pull-secret-missing"
    NEVER_PULL = "never-pull"
    INVALID_IMAGE_NAME = "invalid-image-name"
    # kubelet: containers
    ERROR = "error"
    CREATED = "created"
    STARTED = "started"
    STOPPING = "stopping"
    DEFINITION_CHANGED = "definition-changed"
    PROBE_KILL = "probe-kill"
    BACK_OFF_RESTART_EVENT = "back-off-restart-event"
    BACK_OFF_RESTART_WAITING = "back-off-restart-waiting"
    START_ERROR_STAT = "start-error-stat"
    START_ERROR_PATH = "start-error-path"
    EXEC_STAT = "exec-stat"
    EXEC_PATH = "exec-path"
    # kubelet: configuration and volumes
    CONFIG_MAP_MISSING = "config-map-missing"
    SECRET_MISSING = "secret-missing"
    CONFIG_MAP_KEY_MISSING = "config-map-key-missing"
    SECRET_KEY_MISSING = "secret-key-missing"
    RUN_AS_ROOT = "run-as-root"
    MOUNT_FAILED = "mount-failed"
    MOUNT_TIMED_OUT = "mount-timed-out"
    MOUNT_KEYS_MISSING = "mount-keys-missing"
    # kubelet: probes
    PROBE_FAILED = "probe-failed"
    PROBE_ERRORED = "probe-errored"
    HTTP_STATUS = "http-status"
    HTTP_REFUSED = "http-refused"
    HTTP_TIMEOUT = "http-timeout"
    TCP_REFUSED = "tcp-refused"
    GRPC_TIMEOUT = "grpc-timeout"
    EXEC_PROBE_TIMEOUT = "exec-probe-timeout"
    NOT_READY = "not-ready"
    NOT_INITIALIZED = "not-initialized"
    # scheduler
    SCHEDULED = "scheduled"
    NO_NODE_FITS = "no-node-fits"
    NO_NODES = "no-nodes"
    UNFIT_SELECTOR = "unfit-selector"
    UNFIT_POD_AFFINITY = "unfit-pod-affinity"
    UNFIT_POD_ANTI_AFFINITY = "unfit-pod-anti-affinity"
    UNFIT_EXISTING_ANTI_AFFINITY = "unfit-existing-anti-affinity"
    UNFIT_SPREAD = "unfit-spread"
    UNFIT_SPREAD_LABEL = "unfit-spread-label"
    UNFIT_TAINT = "unfit-taint"
    UNFIT_CORDONED = "unfit-cordoned"
    UNFIT_RESOURCE = "unfit-resource"
    UNFIT_PODS = "unfit-pods"
    UNFIT_PORTS = "unfit-ports"
    UNFIT_VOLUME_NODE = "unfit-volume-node"
    CLAIM_UNBOUND = "claim-unbound"
    CLAIM_ABSENT = "claim-absent"
    NO_VICTIMS = "no-victims"
    NOT_HELPFUL = "not-helpful"
    # volumes
    FAILED_BINDING = "failed-binding"
    WAIT_FOR_CONSUMER = "wait-for-consumer"
    CLASS_MISSING = "class-missing"
    CLAIM_LOST = "claim-lost"
    RESIZING = "resizing"
    RESIZED = "resized"
    EXTERNAL_PROVISIONING = "external-provisioning"
    PROVISIONING = "provisioning"
    PROVISIONED = "provisioned"
    # workloads
    SCALED_UP = "scaled-up"
    SCALED_DOWN = "scaled-down"
    POD_CREATED = "pod-created"
    POD_DELETED = "pod-deleted"
    CREATE_FAILED = "create-failed"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    PROGRESSING = "progressing"
    PROGRESSED = "progressed"
    TIMED_OUT = "timed-out"
    REPLICA_SET_CREATED = "replica-set-created"
    REPLICA_SET_FOUND = "replica-set-found"
    REPLICA_SET_CREATE_FAILED = "replica-set-create-failed"
    PAUSED = "paused"
    RESUMED = "resumed"
    ROLLED_BACK = "rolled-back"
    SET_POD_CREATED = "set-pod-created"
    SET_POD_DELETED = "set-pod-deleted"
    SET_POD_REFUSED = "set-pod-refused"
    SET_CLAIM_CREATED = "set-claim-created"
    POD_RECREATED = "pod-recreated"
    DAEMON_POD_FAILED = "daemon-pod-failed"
    JOB_COMPLETED = "job-completed"
    JOB_REACHED = "job-reached"
    JOB_BACK_OFF_LIMIT = "job-back-off-limit"
    JOB_DEADLINE = "job-deadline"
    JOB_SUSPENDED = "job-suspended"
    JOB_RESUMED = "job-resumed"
    CRON_JOB_CREATED = "cron-job-created"
    CRON_JOB_SEEN = "cron-job-seen"
    CRON_JOB_DELETED = "cron-job-deleted"
    CRON_JOB_MISSING = "cron-job-missing"
    CRON_STILL_ACTIVE = "cron-still-active"
    CRON_TOO_MANY = "cron-too-many"
    CRON_UNPARSEABLE = "cron-unparseable"
    CRON_CREATE_FAILED = "cron-create-failed"
    # autoscalers
    NO_EXTERNAL_METRICS = "no-external-metrics"
    NO_CUSTOM_METRICS = "no-custom-metrics"
    NO_UTILIZATION = "no-utilization"
    NO_USAGE = "no-usage"
    NO_REQUEST = "no-request"
    NO_METRICS = "no-metrics"
    NO_READY_METRICS = "no-ready-metrics"
    SCALE_FOUND = "scale-found"
    SCALE_LOST = "scale-lost"
    SCALE_WRITTEN = "scale-written"
    SCALING_DISABLED = "scaling-disabled"
    RESCALED = "rescaled"
    ABOVE_MOST = "above-most"
    BELOW_LEAST = "below-least"
    METRIC_FOUND = "metric-found"
    METRIC_ABOVE = "metric-above"
    METRICS_BELOW = "metrics-below"
    INVALID_METRICS = "invalid-metrics"
    NO_COUNT = "no-count"
    UP_STABILIZED = "up-stabilized"
    DOWN_STABILIZED = "down-stabilized"
    SIZE_MATCHES = "size-matches"
    TOO_MANY = "too-many"
    TOO_FEW = "too-few"
    UP_LIMIT = "up-limit"
    DOWN_LIMIT = "down-limit"
    WITHIN_RANGE = "within-range"
    # nodes
    NODE_STATUS_NOW = "node-status-now"
    NODE_SILENT = "node-silent"
    NODE_REBOOTED = "node-rebooted"
    SANDBOX_CHANGED = "sandbox-changed"
    KUBELET_UNREACHABLE = "kubelet-unreachable"
    KUBELET_READY = "kubelet-ready"
    ENOUGH_MEMORY = "enough-memory"
    ENOUGH_DISK = "enough-disk"
    ENOUGH_PIDS = "enough-pids"
    LITTLE_MEMORY = "little-memory"
    LITTLE_DISK = "little-disk"
    RECLAIMING = "reclaiming"
    NODE_HAD_CONDITION = "node-had-condition"
    NODE_LOW = "node-low"
    CONTAINER_LARGER = "container-larger"
    POD_NODE_NOT_READY = "pod-node-not-ready"
    MARKED_FOR_DELETION = "marked-for-deletion"
    EVICTION_CANCELLED = "eviction-cancelled"
    TAINT_DELETION = "taint-deletion"
    NODE_GONE = "node-gone"
    # admission
    QUOTA_EXCEEDED = "quota-exceeded"
    QUOTA_MUST_SPECIFY = "quota-must-specify"
    ACCOUNT_MISSING = "account-missing"
    NAMESPACE_TERMINATING = "namespace-terminating"
    CLUSTER_IP_TAKEN = "cluster-ip-taken"
    LIMIT_MIN = "limit-min"
    LIMIT_MAX = "limit-max"
    LIMIT_NONE = "limit-none"
    LIMIT_RATIO = "limit-ratio"
    # the network, as programs log it
    NO_SUCH_HOST_GO = "no-such-host-go"
    NO_SUCH_HOST_JVM = "no-such-host-jvm"
    NO_SUCH_HOST_PYTHON = "no-such-host-python"
    NO_SUCH_HOST_NODE = "no-such-host-node"
    REFUSED_GO = "refused-go"
    REFUSED_JVM = "refused-jvm"
    REFUSED_PYTHON = "refused-python"
    REFUSED_NODE = "refused-node"
    TIMEOUT_GO = "timeout-go"
    TIMEOUT_JVM = "timeout-jvm"
    TIMEOUT_PYTHON = "timeout-python"
    TIMEOUT_NODE = "timeout-node"
    DNS_TIMEOUT_GO = "dns-timeout-go"
    DNS_TIMEOUT_JVM = "dns-timeout-jvm"
    DNS_TIMEOUT_PYTHON = "dns-timeout-python"
    DNS_TIMEOUT_NODE = "dns-timeout-node"
    BAD_STATUS_GO = "bad-status-go"
    BAD_STATUS_JVM = "bad-status-jvm"
    BAD_STATUS_PYTHON = "bad-status-python"
    BAD_STATUS_NODE = "bad-status-node"
    NO_SUCH_HOST_CPP = "no-such-host-cpp"
    REFUSED_CPP = "refused-cpp"
    TIMEOUT_CPP = "timeout-cpp"
    DNS_TIMEOUT_CPP = "dns-timeout-cpp"
    BAD_STATUS_CPP = "bad-status-cpp"
    CERT_EXPIRED_GO = "cert-expired-go"
    CERT_EXPIRED_JVM = "cert-expired-jvm"
    CERT_EXPIRED_PYTHON = "cert-expired-python"
    CERT_EXPIRED_NODE = "cert-expired-node"
    CERT_EXPIRED_CPP = "cert-expired-cpp"
    TLS_BAD_CERTIFICATE = "tls-bad-certificate"
    GRPC_UNAVAILABLE_GO = "grpc-unavailable-go"
    GRPC_UNAVAILABLE_JVM = "grpc-unavailable-jvm"
    GRPC_UNAVAILABLE_PYTHON = "grpc-unavailable-python"
    GRPC_UNAVAILABLE_NODE = "grpc-unavailable-node"
    GRPC_UNAVAILABLE_CPP = "grpc-unavailable-cpp"
    GRPC_FAILED_GO = "grpc-failed-go"
    GRPC_FAILED_JVM = "grpc-failed-jvm"
    GRPC_FAILED_PYTHON = "grpc-failed-python"
    GRPC_FAILED_NODE = "grpc-failed-node"
    GRPC_FAILED_CPP = "grpc-failed-cpp"
    GRPC_NO_ADDRESS = "grpc-no-address"
    THRIFT_OPEN = "thrift-open"
    THRIFT_FAILED = "thrift-failed"
    # MongoDB, as its drivers tell it and as it logs it
    MONGO_UNREACHABLE_GO = "mongo-unreachable-go"
    MONGO_UNREACHABLE_CPP = "mongo-unreachable-cpp"
    MONGO_AUTH_GO = "mongo-auth-go"
    MONGO_AUTH_CPP = "mongo-auth-cpp"
    MONGOD_AUTHENTICATED = "mongod-authenticated"
    MONGOD_AUTH_FAILED = "mongod-auth-failed"
    MONGOD_UNAUTHORIZED = "mongod-unauthorized"
    MONGOD_TLS_ONLY = "mongod-tls-only"


class Row(Value):
    """One spelling of one text."""

    since: str
    """The first Kubernetes minor version that says it so, such as `1.32`."""
    text: str
    """With `{name}` places, as `str.format` fills them."""
    source: str
    """Where the spelling was seen: a file of Kubernetes, captured output, or memory (not re-checked)."""


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@dataclass(frozen=True)
class Texts:
    """The spellings of one Kubernetes version."""

    version: str
    spellings: dict[Text, str]

    @classmethod
    def load(cls, version: str) -> "Texts":
        """Read the table. Raises `KeyError` when a text has no row that is old enough."""
        raw: dict[str, list[dict[str, Any]]] = yaml.load(
            _TABLE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
        )
        rows = {Text(key): [Row.model_validate(row) for row in value] for key, value in raw.items()}
        return cls(version, {text: _newest(rows[text], version) for text in Text})

    def say(self, text: Text, **places: object) -> str:
        """The text with its places filled."""
        return self.spellings[text].format(**places)


def _newest(rows: list[Row], version: str) -> str:
    fitting = [row for row in rows if _version(row.since) <= _version(version)]
    return max(fitting, key=lambda row: _version(row.since)).text
