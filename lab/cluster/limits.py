"""LimitRanges: the defaults they give to containers, and what they refuse (plugin/pkg/admission/limitranger)."""

from collections.abc import Iterator

from lab.cluster.pods import requests_of
from lab.cluster.ports import Object
from lab.cluster.quantity import milli, text_of
from lab.cluster.store import Store
from lab.cluster.texts import Text, Texts


def give_defaults(store: Store, pod: Object) -> None:
    """Fill in what the containers of a new pod leave open, in place, and note it in an annotation."""
    notes: list[str] = []
    for limit_range in store.list("LimitRange", pod["metadata"]["namespace"]):
        for item in _items(limit_range, "Container"):
            limits, requests = item.get("default") or {}, item.get("defaultRequest") or {}
            for group in ("initContainers", "containers"):
                for container in pod["spec"].get(group) or ():
                    noun = "container" if group == "containers" else "init container"
                    notes += _fill(container, noun, limits, requests)
    if notes:
        annotations = pod["metadata"].get("annotations") or {}
        text = "LimitRanger plugin set: " + "; ".join(notes)
        pod["metadata"]["annotations"] = {**annotations, "kubernetes.io/limit-ranger": text}


def _fill(container: Object, noun: str, limits: Object, requests: Object) -> Iterator[str]:
    resources = container.setdefault("resources", {})
    for field, word, values in (("requests", "request", requests), ("limits", "limit", limits)):
        given = resources.get(field) or {}
        new = {name: value for name, value in values.items() if name not in given}
        if new:
            resources[field] = {**given, **new}
            yield f"{', '.join(sorted(new))} {word} for {noun} {container['name']}"


def refusal(store: Store, texts: Texts, kind: str, obj: Object) -> str | None:
    """Why a LimitRange forbids a new pod or claim; `None` when none does."""
    found: list[str] = []
    for limit_range in store.list("LimitRange", obj["metadata"].get("namespace", "")):
        if kind == "PersistentVolumeClaim":
            asked = (obj["spec"].get("resources") or {}).get("requests") or {}
            for item in _items(limit_range, kind):
                found += _outside(texts, item, kind, {name: milli(value) for name, value in asked.items()}, {})
        else:
            found += _pod_refusals(texts, limit_range, obj["spec"])
    if not found:
        return None
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]"


def _pod_refusals(texts: Texts, limit_range: Object, spec: Object) -> Iterator[str]:
    for item in _items(limit_range, "Container"):
        for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
            one = {"containers": [container]}
            yield from _outside(texts, item, "Container", requests_of(one), requests_of(one, "limits"))
    for item in _items(limit_range, "Pod"):
        yield from _outside(texts, item, "Pod", requests_of(spec), requests_of(spec, "limits"))


def _outside(
    texts: Texts, item: Object, kind: str, requests: dict[str, int], limits: dict[str, int]
) -> Iterator[str]:
    """What breaks the least, the most and the greatest ratio of limit to request."""
    for name, least in sorted((item.get("min") or {}).items()):
        asked = requests.get(name)
        if not asked:
            yield texts.say(
                Text.LIMIT_NONE, which="minimum", resource=name, kind=kind, bound=least, field="request"
            )
        elif asked < milli(least):
            value = text_of(asked, str(least))
            yield texts.say(Text.LIMIT_MIN, resource=name, kind=kind, bound=least, value=value)
    for name, most in sorted((item.get("max") or {}).items()):
        held = limits.get(name) or (requests.get(name) if kind == "PersistentVolumeClaim" else None)
        field = "request" if kind == "PersistentVolumeClaim" else "limit"
        if not held:
            yield texts.say(Text.LIMIT_NONE, which="maximum", resource=name, kind=kind, bound=most, field=field)
        elif held > milli(most):
            value = text_of(held, str(most))
            yield texts.say(Text.LIMIT_MAX, resource=name, kind=kind, bound=most, field=field, value=value)
    for name, ratio in sorted((item.get("maxLimitRequestRatio") or {}).items()):
        asked, held = requests.get(name), limits.get(name)
        if asked and held and held * 1000 > milli(ratio) * asked:
            value = f"{held / asked:.6f}"
            yield texts.say(Text.LIMIT_RATIO, resource=name, kind=kind, bound=ratio, value=value)


def _items(limit_range: Object, kind: str) -> list[Object]:
    return [each for each in limit_range["spec"].get("limits") or () if each.get("type") == kind]
