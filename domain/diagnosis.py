"""What is thought to be wrong."""

from enum import StrEnum

from pydantic import Field

from domain.actions import Action
from domain.base import Value
from domain.cluster import Ref


class Cause(StrEnum):
    """The root causes that an analyzer can name."""

    IMAGE_PULL = "image-pull"
    CRASH_LOOP = "crash-loop"
    BAD_COMMAND = "bad-command"
    OUT_OF_MEMORY = "out-of-memory"
    UNSCHEDULABLE_SELECTOR = "unschedulable-selector"
    UNSCHEDULABLE_RESOURCES = "unschedulable-resources"
    UNSCHEDULABLE_TAINT = "unschedulable-taint"
    VOLUME_CLAIM_PENDING = "volume-claim-pending"
    VOLUME_CLAIM_MISSING = "volume-claim-missing"
    READINESS_PROBE = "readiness-probe"
    LIVENESS_PROBE = "liveness-probe"
    STARTUP_PROBE = "startup-probe"
    MISSING_CONFIG = "missing-config"
    MISSING_SECRET = "missing-secret"
    BAD_ENVIRONMENT = "bad-environment"
    MOUNT_FAILURE = "mount-failure"
    QUOTA_EXCEEDED = "quota-exceeded"
    WRONG_TARGET_PORT = "wrong-target-port"
    SELECTOR_MISMATCH = "selector-mismatch"
    ZERO_REPLICAS = "zero-replicas"
    STUCK_ROLLOUT = "stuck-rollout"
    INIT_CONTAINER = "init-container"
    NETWORK_POLICY = "network-policy"
    NODE_NOT_READY = "node-not-ready"
    NODE_CORDONED = "node-cordoned"
    RBAC_FORBIDDEN = "rbac-forbidden"
    SERVICE_ACCOUNT_MISSING = "service-account-missing"
    DEPENDENCY_DOWN = "dependency-down"
    APPLICATION_ERROR = "application-error"
    AUTHENTICATION = "authentication"
    """A server that does not know the user, or not this password."""
    AUTHORIZATION = "authorization"
    """A server that knows the user and does not let it do this."""
    TLS_MISMATCH = "tls-mismatch"
    CERTIFICATE_EXPIRED = "certificate-expired"
    DNS_FAILURE = "dns-failure"
    DISK_FULL = "disk-full"
    MEMORY_LEAK = "memory-leak"
    CONNECTION_POOL = "connection-pool"
    NODE_PRESSURE = "node-pressure"
    AUTOSCALER = "autoscaler"
    SCHEDULE = "schedule"
    """A CronJob that does not run when it should."""
    CHAOS_EXPERIMENT = "chaos-experiment"
    FEATURE_FLAG = "feature-flag"
    NETWORK_DEGRADED = "network-degraded"
    """Packets are lost or late between healthy programs."""
    SERVICE_ERRORS = "service-errors"
    """A service answers with errors of its own; nothing below it fails."""
    SERVICE_LATENCY = "service-latency"
    """A service is slow by itself; nothing below it is."""
    CPU_SATURATION = "cpu-saturation"
    QUEUE_LAG = "queue-lag"
    TRAFFIC_SURGE = "traffic-surge"


class SystemLevel(StrEnum):
    """The layer that holds the fault; the four answers of the AIOpsLab analysis tasks."""

    HARDWARE = "Hardware"
    OPERATING_SYSTEM = "Operating System"
    VIRTUALIZATION = "Virtualization"
    APPLICATION = "Application"


class FaultType(StrEnum):
    """The kind of fault; the answers of the AIOpsLab analysis tasks."""

    MISCONFIGURATION = "Misconfiguration"
    CODE_DEFECT = "Code Defect"
    AUTHENTICATION = "Authentication Issue"
    NETWORK_STORAGE = "Network/Storage Issue"
    OPERATION_ERROR = "Operation Error"
    DEPENDENCY_PROBLEM = "Dependency Problem"


class Hypothesis(Value):
    """One possible root cause, with what speaks for it and what could be done."""

    cause: Cause
    subject: Ref
    """The object at fault, not the one that suffers."""
    statement: str
    """One sentence an engineer can check."""
    confidence: float = Field(ge=0, le=1)
    cites: tuple[str, ...] = ()
    """Finding ids."""
    actions: tuple[Action, ...] = ()
    """Candidate repairs, best first; empty where none is known to be safe."""
    affected: tuple[Ref, ...] = ()
    """Who suffers from it: workloads and services whose trouble this explains."""
    system_level: SystemLevel | None = None
    fault_type: FaultType | None = None
    """Both where somebody knows better than what is usual for the cause."""

    @property
    def key(self) -> str:
        """Stable name of the suspicion over looks: cause and subject."""
        return f"{self.cause}:{self.subject}"


class Diagnosis(Value):
    """The answer to the question."""

    anomaly: bool
    components: tuple[Ref, ...] = ()
    """The faulty objects, most to blame first."""
    cause: Cause | None = None
    system_level: SystemLevel | None = None
    fault_type: FaultType | None = None
    root_cause: str
    """In words, for people; when nothing is wrong, says so."""
    cites: tuple[str, ...] = ()
