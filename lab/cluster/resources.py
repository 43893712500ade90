"""Which resources the API serves: the table that discovery, routing and the store share."""

from dataclasses import dataclass
from typing import Final

STORED: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
READ: Final = ("get", "list")
CREATE: Final = ("create",)


@dataclass(frozen=True)
class Resource:
    """One row of the API: a kind and where it is served."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str
    kind: str
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = STORED
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def singular(self) -> str:
        """`deployment`."""
        return self.kind.lower()

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_resource(self) -> str:
        """`deployments.apps`, as error texts spell it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def custom(self) -> bool:
        """Whether a CustomResourceDefinition brings it."""
        return self.group == CHAOS

    @property
    def stored(self) -> bool:
        """Whether objects of it live in the store; reviews and metrics are computed."""
        return self.verbs is STORED


ALL: Final = ("all",)
STATUS: Final = ("status",)
SCALABLE: Final = ("status", "scale")
POD_PARTS: Final = ("status", "log", "exec", "eviction", "binding")
RBAC: Final = "rbac.authorization.k8s.io"
AUTHZ: Final = "authorization.k8s.io"
AUTHN: Final = "authentication.k8s.io"
METRICS: Final = "metrics.k8s.io"
CHAOS: Final = "chaos-mesh.org"

RESOURCES: Final = (
    Resource("", "v1", "configmaps", "ConfigMap", ("cm",)),
    Resource("", "v1", "endpoints", "Endpoints", ("ep",)),
    Resource("", "v1", "events", "Event", ("ev",)),
    Resource("", "v1", "limitranges", "LimitRange", ("limits",)),
    Resource("", "v1", "namespaces", "Namespace", ("ns",), namespaced=False, subresources=("status", "finalize")),
    Resource("", "v1", "nodes", "Node", ("no",), namespaced=False, subresources=STATUS),
    Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", ("pvc",), subresources=STATUS),
    Resource("", "v1", "persistentvolumes", "PersistentVolume", ("pv",), namespaced=False, subresources=STATUS),
    Resource("", "v1", "pods", "Pod", ("po",), subresources=POD_PARTS, categories=ALL),
    Resource("", "v1", "podtemplates", "PodTemplate"),
    Resource("", "v1", "replicationcontrollers", "ReplicationController", ("rc",), True, STORED, SCALABLE, ALL),
    Resource("", "v1", "resourcequotas", "ResourceQuota", ("quota",), subresources=STATUS),
    Resource("", "v1", "secrets", "Secret"),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", ("sa",), subresources=("token",)),
    Resource("", "v1", "services", "Service", ("svc",), subresources=STATUS, categories=ALL),
    Resource("apps", "v1", "controllerrevisions", "ControllerRevision"),
    Resource("apps", "v1", "daemonsets", "DaemonSet", ("ds",), subresources=STATUS, categories=ALL),
    Resource("apps", "v1", "deployments", "Deployment", ("deploy",), subresources=SCALABLE, categories=ALL),
    Resource("apps", "v1", "replicasets", "ReplicaSet", ("rs",), subresources=SCALABLE, categories=ALL),
    Resource("apps", "v1", "statefulsets", "StatefulSet", ("sts",), subresources=SCALABLE, categories=ALL),
    Resource("batch", "v1", "cronjobs", "CronJob", ("cj",), subresources=STATUS, categories=ALL),
    Resource("batch", "v1", "jobs", "Job", (), subresources=STATUS, categories=ALL),
    Resource(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        ("hpa",),
        True,
        STORED,
        STATUS,
        ALL,
    ),
    Resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", namespaced=False),
    Resource("networking.k8s.io", "v1", "ingresses", "Ingress", ("ing",), subresources=STATUS),
    Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", ("netpol",)),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", ("pdb",), subresources=STATUS),
    Resource(RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    Resource(RBAC, "v1", "clusterroles", "ClusterRole", namespaced=False),
    Resource(RBAC, "v1", "rolebindings", "RoleBinding"),
    Resource(RBAC, "v1", "roles", "Role"),
    Resource("storage.k8s.io", "v1", "csidrivers", "CSIDriver", namespaced=False),
    Resource("storage.k8s.io", "v1", "csinodes", "CSINode", namespaced=False),
    Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", ("sc",), namespaced=False),
    Resource(
        "storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", namespaced=False, subresources=STATUS
    ),
    Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
    Resource("events.k8s.io", "v1", "events", "Event", ("ev",)),
    Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", ("pc",), namespaced=False),
    Resource("coordination.k8s.io", "v1", "leases", "Lease"),
    Resource(AUTHZ, "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", verbs=CREATE),
    Resource(AUTHZ, "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", namespaced=False, verbs=CREATE),
    Resource(AUTHZ, "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", namespaced=False, verbs=CREATE),
    Resource(AUTHZ, "v1", "subjectaccessreviews", "SubjectAccessReview", namespaced=False, verbs=CREATE),
    Resource(AUTHN, "v1", "selfsubjectreviews", "SelfSubjectReview", namespaced=False, verbs=CREATE),
    Resource(AUTHN, "v1", "tokenreviews", "TokenReview", namespaced=False, verbs=CREATE),
    Resource(METRICS, "v1beta1", "nodes", "NodeMetrics", namespaced=False, verbs=READ),
    Resource(METRICS, "v1beta1", "pods", "PodMetrics", verbs=READ),
    Resource(CHAOS, "v1alpha1", "networkchaos", "NetworkChaos"),
    Resource(CHAOS, "v1alpha1", "podchaos", "PodChaos"),
    Resource(CHAOS, "v1alpha1", "podnetworkchaos", "PodNetworkChaos"),
)

_BY_PATH: Final = {(r.group, r.version, r.plural): r for r in RESOURCES}
# The first row wins: core `Event`, of which events.k8s.io is a view.
_BY_KIND: Final = {r.kind: r for r in reversed(RESOURCES)}


def by_kind(kind: str) -> Resource:
    """The resource that stores objects of a kind. Raises KeyError for a kind that is not served."""
    return _BY_KIND[kind]


def by_path(group: str, version: str, plural: str) -> Resource | None:
    """The resource at `/apis/GROUP/VERSION/PLURAL`, or `None`."""
    return _BY_PATH.get((group, version, plural))


def group_versions() -> dict[tuple[str, str], tuple[Resource, ...]]:
    """Resources by (group, version), in the order of the table."""
    found: dict[tuple[str, str], tuple[Resource, ...]] = {}
    for resource in RESOURCES:
        key = (resource.group, resource.version)
        found[key] = (*found.get(key, ()), resource)
    return found
