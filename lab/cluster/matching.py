"""Label selectors of objects, node affinity and tolerations, as the control plane matches them."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab.cluster.ports import Object

Labels = Mapping[str, str]


def labels_of(obj: Object) -> Labels:
    """The labels; empty when there are none."""
    labels: Labels = obj["metadata"].get("labels") or {}
    return labels


def selects(selector: Object | None, labels: Labels) -> bool:
    """Whether a LabelSelector matches; an empty one matches everything, `None` nothing."""
    if selector is None:
        return False
    if not is_subset(selector.get("matchLabels"), labels):
        return False
    return all(requirement_holds(each, labels) for each in selector.get("matchExpressions") or ())


def is_subset(wanted: Labels | None, labels: Labels) -> bool:
    """Whether all wanted pairs are among the labels."""
    return all(labels.get(key) == value for key, value in (wanted or {}).items())


def requirement_holds(requirement: Object, labels: Labels) -> bool:
    """One entry of matchExpressions; node selectors add Gt and Lt."""
    key, values = requirement["key"], requirement.get("values") or []
    match requirement["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case "Gt":
            return _is_whole(labels.get(key)) and int(labels[key]) > int(values[0])
        case "Lt":
            return _is_whole(labels.get(key)) and int(labels[key]) < int(values[0])
        case _:
            return False


def fits_node(pod_spec: Object, node: Object) -> bool:
    """The pod's nodeSelector and required node affinity against a node."""
    labels = labels_of(node)
    if not is_subset(pod_spec.get("nodeSelector"), labels):
        return False
    affinity = (pod_spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(_term_holds(term, node) for term in required["nodeSelectorTerms"])


def node_preference(pod_spec: Object, node: Object) -> int:
    """Sum of the weights of the preferred node affinity terms that hold."""
    affinity = (pod_spec.get("affinity") or {}).get("nodeAffinity") or {}
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return sum(each["weight"] for each in preferred if _term_holds(each["preference"], node))


def tolerates(tolerations: Iterable[Object], taint: Object) -> bool:
    """Whether one of the tolerations covers the taint."""
    return any(_covers(each, taint) for each in tolerations)


def _term_holds(term: Object, node: Object) -> bool:
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False  # an empty term matches nothing
    names = {"metadata.name": node["metadata"]["name"]}
    return all(requirement_holds(each, labels_of(node)) for each in expressions) and all(
        requirement_holds(each, names) for each in fields
    )


def _covers(toleration: Object, taint: Object) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    key: Any = toleration.get("key")
    if toleration.get("operator") == "Exists":
        return not key or key == taint["key"]
    return bool(key == taint["key"] and toleration.get("value", "") == taint.get("value", ""))


def _is_whole(text: str | None) -> bool:
    return text is not None and text.lstrip("-").isdigit()
