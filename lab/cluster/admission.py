"""Admission: what the API server does to an object between decoding and storing it.

Defaults, then the built-in plugins in their order: NamespaceLifecycle, LimitRanger, ServiceAccount,
DefaultTolerationSeconds, Priority, TaintNodesByCondition, DefaultStorageClass, StorageObjectInUseProtection,
DefaultIngressClass, address allocation of Services, ResourceQuota.
"""

import random
from collections.abc import Iterator
from typing import Any

from lab.cluster import scripted
from lab.cluster.conditions import is_true
from lab.cluster.defaulting import with_defaults
from lab.cluster.errors import ApiError, Cause
from lab.cluster.index import Index
from lab.cluster.kind_rules import QUANTITY_RULE
from lab.cluster.limits import give_defaults, refusal
from lab.cluster.pods import qos_class, requests_of
from lab.cluster.ports import Object, Operation
from lab.cluster.quantity import BadQuantity, milli, text_of
from lab.cluster.quotas import cost, in_scope, used
from lab.cluster.randomness import seeded
from lab.cluster.resources import by_kind
from lab.cluster.store import SUFFIX_LETTERS, Store, copy_of
from lab.cluster.texts import Text, Texts

NOT_READY = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
EVICTION_SECONDS = 300
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class"
OLD_INGRESS_CLASS = "kubernetes.io/ingress.class"
CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
NODE_PORTS = range(30000, 32768)
COMPUTE = ("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")


class Admission:
    """Defaults and admits objects."""

    def __init__(self, store: Store, index: Index, texts: Texts, rng: random.Random) -> None:
        self._store, self._index, self._texts, self._rng = store, index, texts, rng

    def admit(self, kind: str, obj: Object, operation: Operation, dry_run: bool) -> Object:
        """The object as it will be stored. Raises ApiError."""
        _check_quantities(kind, obj)
        # A dry run must not move the world's own stream, or trying something out would change what follows.
        rng = seeded(self._store.version) if dry_run else self._rng
        admitted = with_defaults(kind, copy_of(obj))
        if operation == "CREATE":
            self._check_namespace(kind, admitted)
        if kind == "Service":
            self._allocate(admitted, rng)
        if operation == "UPDATE":
            return admitted
        if kind == "Pod":
            give_defaults(self._store, admitted)
            self._admit_pod(admitted, rng)
        if kind == "Node":
            _taint_new_node(admitted)
        if kind == "PersistentVolumeClaim":
            self._choose_class(admitted)
            _protect(admitted)
            admitted.setdefault("status", {"phase": "Pending"})
        if kind == "Ingress":
            self._choose_ingress_class(admitted)
        self._check_limits(kind, admitted)
        self._check_quotas(kind, admitted)
        return admitted

    # ---- namespaces ----

    def _check_namespace(self, kind: str, obj: Object) -> None:
        name = obj["metadata"].get("namespace")
        namespace = self._store.get("Namespace", None, name) if name else None
        if namespace is not None and "deletionTimestamp" in namespace["metadata"] and kind != "Event":
            raise ApiError.terminating(by_kind(kind), obj["metadata"].get("name", ""), str(name))

    # ---- pods ----

    def _admit_pod(self, pod: Object, rng: random.Random) -> None:
        spec = pod["spec"]
        try:
            scripted.check(pod)
        except scripted.BadScript as error:
            raise ApiError.forbidden(by_kind("Pod"), pod["metadata"]["name"], str(error)) from error
        self._give_account(pod, rng)
        tolerations = spec.setdefault("tolerations", [])
        for key in NOT_READY:
            if not any(each.get("key") in (key, None) and _covers_eviction(each) for each in tolerations):
                tolerations.append(
                    {
                        "key": key,
                        "operator": "Exists",
                        "effect": "NoExecute",
                        "tolerationSeconds": EVICTION_SECONDS,
                    }
                )
        spec.setdefault("enableServiceLinks", True)
        spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
        spec.setdefault("priority", self._priority(pod))
        pod["status"] = {"phase": "Pending", "qosClass": qos_class(spec)}

    def _priority(self, pod: Object) -> int:
        name = pod["spec"].get("priorityClassName")
        if not name:
            return 0
        found = self._store.get("PriorityClass", None, name)
        if found is None:
            why = f"no PriorityClass with name {name} was found"
            raise ApiError.forbidden(by_kind("Pod"), pod["metadata"]["name"], why)
        return int(found["value"])

    def _give_account(self, pod: Object, rng: random.Random) -> None:
        spec, meta = pod["spec"], pod["metadata"]
        name = spec.setdefault("serviceAccountName", "default")
        spec["serviceAccount"] = name
        account = self._store.get("ServiceAccount", meta["namespace"], name)
        if account is None:
            why = self._texts.say(Text.ACCOUNT_MISSING, namespace=meta["namespace"], name=name)
            raise ApiError.forbidden(by_kind("Pod"), meta["name"], why)
        if account.get("imagePullSecrets") and "imagePullSecrets" not in spec:
            spec["imagePullSecrets"] = copy_of({"list": account["imagePullSecrets"]})["list"]
        wants = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
        mounted = any(
            mount["mountPath"] == TOKEN_PATH
            for container in spec["containers"]
            for mount in container.get("volumeMounts") or ()
        )
        if wants and not mounted:
            volume = "kube-api-access-" + "".join(rng.choice(SUFFIX_LETTERS) for _ in range(5))
            spec.setdefault("volumes", []).append(_token_volume(volume))
            for container in [*spec["containers"], *(spec.get("initContainers") or ())]:
                mount = {"name": volume, "readOnly": True, "mountPath": TOKEN_PATH}
                container.setdefault("volumeMounts", []).append(mount)

    # ---- claims ----

    def _choose_class(self, claim: Object) -> None:
        if claim["spec"].get("storageClassName") is not None:
            return
        for each in self._store.list("StorageClass"):
            if (each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true":
                claim["spec"]["storageClassName"] = each["metadata"]["name"]
                return

    def _choose_ingress_class(self, ingress: Object) -> None:
        named = (ingress["metadata"].get("annotations") or {}).get(OLD_INGRESS_CLASS)
        if ingress["spec"].get("ingressClassName") is not None or named is not None:
            return
        for each in self._store.list("IngressClass"):
            if (each["metadata"].get("annotations") or {}).get(DEFAULT_INGRESS_CLASS) == "true":
                ingress["spec"]["ingressClassName"] = each["metadata"]["name"]
                return

    # ---- services ----

    def _allocate(self, service: Object, rng: random.Random) -> None:
        """A cluster IP and node ports; a change keeps what the Service had."""
        spec, meta = service["spec"], service["metadata"]
        old = self._store.get("Service", meta.get("namespace"), meta["name"])
        before = {} if old is None else old["spec"]
        if spec["type"] == "ExternalName":
            return
        asked = spec.get("clusterIP")
        if not asked:
            spec["clusterIP"] = before.get("clusterIP") or self._free_address(rng)
        elif asked not in ("None", before.get("clusterIP")) and self._index.service_at(asked) is not None:
            why = self._texts.say(Text.CLUSTER_IP_TAKEN, address=asked)
            cause = Cause("spec.clusterIPs", f'Invalid value: ["{asked}"]: {why}')
            raise ApiError.invalid(by_kind("Service"), meta["name"], [cause])
        spec["clusterIPs"] = [spec["clusterIP"]]
        if spec["type"] in ("NodePort", "LoadBalancer"):
            had = {port["port"]: port.get("nodePort") for port in before.get("ports") or ()}
            for port in spec.get("ports") or ():
                if not port.get("nodePort"):
                    port["nodePort"] = had.get(port["port"]) or rng.choice(NODE_PORTS)

    def _free_address(self, rng: random.Random) -> str:
        while True:
            address = f"10.{96 + rng.randrange(16)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
            reserved = address in ("10.96.0.1", "10.96.0.10")
            if not reserved and self._index.service_at(address) is None:
                return address

    # ---- limits and quotas ----

    def _check_limits(self, kind: str, obj: Object) -> None:
        if kind in ("Pod", "PersistentVolumeClaim"):
            why = refusal(self._store, self._texts, kind, obj)
            if why is not None:
                raise ApiError.forbidden(by_kind(kind), obj["metadata"]["name"], why)

    def _check_quotas(self, kind: str, obj: Object) -> None:
        namespace = obj["metadata"].get("namespace")
        if not namespace:
            return
        for quota in self._store.list("ResourceQuota", namespace):
            if kind != "Pod" or in_scope(quota, obj):
                self._check_quota(kind, obj, quota)

    def _check_quota(self, kind: str, obj: Object, quota: Object) -> None:
        resource, name = by_kind(kind), obj["metadata"]["name"]
        hard = quota["spec"].get("hard") or {}
        if kind == "Pod":
            missing = "; ".join(_unspecified(obj["spec"], hard))
            if missing:
                text = Text.QUOTA_MUST_SPECIFY
                why = self._texts.say(text, quota=quota["metadata"]["name"], missing=missing)
                raise ApiError.forbidden(resource, name, why)
        asked = {each: amount for each, amount in cost(kind, obj).items() if each in hard and amount > 0}
        if not asked:
            return
        taken = used(self._store, quota)
        over = sorted(each for each, amount in asked.items() if taken[each] + amount > milli(hard[each]))
        if over:
            why = self._texts.say(
                Text.QUOTA_EXCEEDED,
                quota=quota["metadata"]["name"],
                requested=",".join(f"{each}={text_of(asked[each], str(hard[each]))}" for each in over),
                used=",".join(f"{each}={text_of(taken[each], str(hard[each]))}" for each in over),
                limited=",".join(f"{each}={text_of(milli(hard[each]), str(hard[each]))}" for each in over),
            )
            raise ApiError.forbidden(resource, name, why)


def _protect(claim: Object) -> None:
    """A claim that pods use stays until they are gone (StorageObjectInUseProtection)."""
    finalizers = claim["metadata"].setdefault("finalizers", [])
    if CLAIM_FINALIZER not in finalizers:
        finalizers.append(CLAIM_FINALIZER)


def _taint_new_node(node: Object) -> None:
    """A node takes no pods before its kubelet has said that it is ready (TaintNodesByCondition)."""
    taints = node["spec"].setdefault("taints", [])
    if not is_true(node, "Ready") and all(each["key"] != NOT_READY[0] for each in taints):
        taints.append({"key": NOT_READY[0], "effect": "NoSchedule"})


def _check_quantities(kind: str, obj: Object) -> None:
    """Refuse a request, limit or capacity that is no quantity, as the decoder of a real API server does."""
    for amount in _amounts(obj):
        try:
            milli(amount)
        except BadQuantity as error:
            raise ApiError.undecodable(by_kind(kind), QUANTITY_RULE) from error


def _amounts(part: Any) -> Iterator[Any]:
    """The values below `requests`, `limits`, `hard` and `capacity`, wherever they are."""
    if isinstance(part, list):
        for item in part:
            yield from _amounts(item)
    elif isinstance(part, dict):
        for name, inner in part.items():
            if name in ("requests", "limits", "hard", "capacity") and isinstance(inner, dict):
                yield from inner.values()
            elif name not in ("metadata", "data", "status"):
                yield from _amounts(inner)


def _unspecified(spec: Object, hard: Object) -> Iterator[str]:
    """Compute resources that a quota limits and containers leave open: `limits.cpu for: web,sidecar`."""
    for each in sorted(set(hard) & set(COMPUTE)):
        which, _, resource = each.rpartition(".")
        field = which or "requests"
        bare = [
            one["name"] for one in spec["containers"] if not requests_of({"containers": [one]}, field)[resource]
        ]
        if bare:
            yield f"{each} for: {','.join(bare)}"


def _covers_eviction(toleration: Object) -> bool:
    return toleration.get("effect") in (None, "", "NoExecute") and bool(
        toleration.get("key") or toleration.get("operator") == "Exists"
    )


def _token_volume(name: str) -> Object:
    fields = [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
    return {
        "name": name,
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": fields}},
            ],
        },
    }
