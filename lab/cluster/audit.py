"""What was asked of the cluster that could change it, in order."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AuditEvent:
    """One mutating request and its answer. Graders read these; the agent never sees them."""

    at: float
    """Epoch seconds of the cluster's clock."""
    user: str
    verb: str
    resource: str
    """`deployments.apps`."""
    namespace: str
    """Empty for cluster-scoped resources."""
    name: str
    subresource: str
    dry_run: bool
    code: int
    """HTTP status of the answer."""
