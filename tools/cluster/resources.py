"""Where each kind lives in the API: the only table of paths."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from domain.cluster import Ref
from domain.errors import BadInput

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,252}")
"""Looser than any kind's own rule; tight enough that no name can leave its segment of the path."""


@dataclass(frozen=True)
class Resource:
    """One kind and its place in the API."""

    kind: str
    group: str
    """Empty for the core group."""
    version: str
    plural: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """As objects spell it: `apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def collection(self, namespace: str | None) -> str:
        """Path of the list; `None` lists a namespaced kind over all namespaces."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"
        if namespace is None or not self.namespaced:
            return f"{root}/{self.plural}"
        return f"{root}/namespaces/{checked_name(namespace)}/{self.plural}"


_TABLE = (
    Resource("ConfigMap", "", "v1", "configmaps"),
    Resource("Endpoints", "", "v1", "endpoints"),
    Resource("Event", "", "v1", "events"),
    Resource("LimitRange", "", "v1", "limitranges"),
    Resource("Namespace", "", "v1", "namespaces", namespaced=False),
    Resource("Node", "", "v1", "nodes", namespaced=False),
    Resource("PersistentVolume", "", "v1", "persistentvolumes", namespaced=False),
    Resource("PersistentVolumeClaim", "", "v1", "persistentvolumeclaims"),
    Resource("Pod", "", "v1", "pods"),
    Resource("ReplicationController", "", "v1", "replicationcontrollers"),
    Resource("ResourceQuota", "", "v1", "resourcequotas"),
    Resource("Service", "", "v1", "services"),
    Resource("ServiceAccount", "", "v1", "serviceaccounts"),
    Resource("ControllerRevision", "apps", "v1", "controllerrevisions"),
    Resource("DaemonSet", "apps", "v1", "daemonsets"),
    Resource("Deployment", "apps", "v1", "deployments"),
    Resource("ReplicaSet", "apps", "v1", "replicasets"),
    Resource("StatefulSet", "apps", "v1", "statefulsets"),
    Resource("HorizontalPodAutoscaler", "autoscaling", "v2", "horizontalpodautoscalers"),
    Resource("CronJob", "batch", "v1", "cronjobs"),
    Resource("Job", "batch", "v1", "jobs"),
    Resource("DNSChaos", "chaos-mesh.org", "v1alpha1", "dnschaos"),
    Resource("HTTPChaos", "chaos-mesh.org", "v1alpha1", "httpchaos"),
    Resource("IOChaos", "chaos-mesh.org", "v1alpha1", "iochaos"),
    Resource("NetworkChaos", "chaos-mesh.org", "v1alpha1", "networkchaos"),
    Resource("PodChaos", "chaos-mesh.org", "v1alpha1", "podchaos"),
    Resource("StressChaos", "chaos-mesh.org", "v1alpha1", "stresschaos"),
    Resource("EndpointSlice", "discovery.k8s.io", "v1", "endpointslices"),
    Resource("PodMetrics", "metrics.k8s.io", "v1beta1", "pods"),
    Resource("Ingress", "networking.k8s.io", "v1", "ingresses"),
    Resource("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies"),
    Resource("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets"),
    Resource("Role", "rbac.authorization.k8s.io", "v1", "roles"),
    Resource("RoleBinding", "rbac.authorization.k8s.io", "v1", "rolebindings"),
    Resource("StorageClass", "storage.k8s.io", "v1", "storageclasses", namespaced=False),
)

RESOURCES: Mapping[str, Resource] = MappingProxyType({r.kind: r for r in _TABLE})
"""By kind. Secret is left out on purpose: AOI never reads one and has no action that writes one."""


def resource_of(kind: str) -> Resource:
    """The kind's place in the API; raises `BadInput` for a kind AOI does not work with."""
    if kind == "Secret":
        raise BadInput("AOI never reads Secrets; look at the workload that refers to it instead.")
    try:
        return RESOURCES[kind]
    except KeyError:
        raise BadInput(
            f"AOI does not know the kind {kind[:60]!r}; it knows {', '.join(sorted(RESOURCES))}."
        ) from None


def path_of(ref: Ref, subresource: str | None = None) -> str:
    """Path of one object, or of its subresource (`log`, `scale`, `eviction`).

    Raises `BadInput` for an unknown kind, a name the API could not hold, or a missing namespace.
    """
    resource = resource_of(ref.kind)
    if resource.namespaced and ref.namespace is None:
        raise BadInput(f"{ref.kind} {ref.name} needs a namespace.")
    path = f"{resource.collection(ref.namespace)}/{checked_name(ref.name)}"
    return f"{path}/{subresource}" if subresource else path


def checked_name(name: str) -> str:
    """The name, safe as one segment of a path; raises `BadInput` otherwise."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name[:60]!r} is not a name that a Kubernetes object can have.")
    return name
