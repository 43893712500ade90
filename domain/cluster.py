"""Names for things in a cluster."""

from enum import StrEnum

from domain.base import Value


class Severity(StrEnum):
    """How much a finding matters, least first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Ref(Value):
    """One Kubernetes object by kind and name."""

    kind: str
    """Singular kind as the API spells it: `Deployment`, `NetworkPolicy`."""
    name: str
    namespace: str | None = None
    """`None` for cluster-scoped kinds such as Node and Namespace."""

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"

    @property
    def path(self) -> str:
        """`namespace/name`, or the bare name of a cluster-scoped object."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Scope(Value):
    """The namespaces an incident may look at and act in."""

    namespaces: tuple[str, ...]

    def covers(self, ref: Ref) -> bool:
        """Whether `ref` lies in one of the namespaces, or is a Node (shared by all of them)."""
        return ref.kind == "Node" if ref.namespace is None else ref.namespace in self.namespaces


class AccessRule(Value):
    """Verbs on resources, as RBAC writes them; `*` is all of them."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    """Plural names, also with a subresource: `pods/exec`."""


class Granted(Value):
    """What the API server says that an identity may do."""

    rules: tuple[AccessRule, ...]
    complete: bool
    """False where the API server cannot list all of it, as with an authorizer outside of it."""
