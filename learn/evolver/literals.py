"""The fields of an action as people write them: `to 4 replicas`, `ROUNDING back to half-up`, `5 seconds`."""

import re
from typing import Any

from domain.cluster import Ref
from learn.evolver.cast import Cast

_NUMBER = re.compile(r"\b(?:to|at|with)\s+(\d{1,4})\b|\b(\d{1,4})\s+(?:replicas?|pods?|instances?|copies)\b", re.I)
_PAIR = re.compile(r"([A-Za-z0-9][\w./-]*)\s*[=:]\s*([\w./:+-]*\w)")
_SET = re.compile(r"\b([A-Z][A-Z0-9_]{2,}|[a-z][\w.-]*[._-][\w.-]+)\s+(?:back\s+)?to\s+[`\"“']?([\w./:+-]*\w)")
_AMOUNT = re.compile(r"\b(\d+(?:\.\d+)?(?:Mi|Gi|Ki|M|G|m))\b")
_SECONDS = re.compile(r"\b(\d{1,4})\s*(?:s|sec|secs|seconds?)\b", re.IGNORECASE)
_TIMES = re.compile(r"\b(\d{1,4})\s+(?:failures|attempts|tries|times)\b", re.IGNORECASE)
_IMAGE = re.compile(r"\b([\w.-]+(?:/[\w.-]+)+:[\w.-]+)")
_PORTS = re.compile(r"\bport\s+(\d{2,5})\s+to\s+(?:port\s+)?(\d{2,5}|[a-z][\w-]*)", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w/])(/[\w/.-]*)")
_CONTAINER = re.compile(r"\bContainer ([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\b")
_WITHOUT = re.compile(r"\b(?:remov|dropp?|clear|without)\w*\b", re.IGNORECASE)
_PROBES = {"readiness": "readinessProbe", "liveness": "livenessProbe", "startup": "startupProbe"}


def fields_of(kind: str, text: str, target: Ref, cast: Cast) -> dict[str, Any] | None:
    """The fields of an action that the text gives, beside those of an analyzer's repair of this kind.

    `None` where the text does not give what the action needs. A field that needs no word (a revision) is left out.
    """
    base = _candidate(kind, target, cast)
    own: dict[str, Any] | None
    match kind:
        case "scale":
            found = _NUMBER.search(text)
            own = {"replicas": int(found[1] or found[2])} if found else None
        case "patch_probe":
            own = _probe(text)
        case "set_config_key":
            pair = _pair(text)
            own = {"key": pair[0], "value": pair[1]} if pair else None
        case "set_env":
            pair = _pair(text)
            own = {"name": pair[0], "value": pair[1]} if pair else None
        case "set_image":
            image = _IMAGE.search(text)
            own = {"image": image[1]} if image else None
        case "set_resources":
            own = _resources(text)
        case "patch_node_selector":
            pairs = dict(_PAIR.findall(text))
            own = {"node_selector": pairs} if pairs or _WITHOUT.search(text) else None
        case "patch_service_port":
            ports = _PORTS.search(text)
            own = {"port": int(ports[1]), "target_port": _port(ports[2])} if ports else None
        case "patch_quota":
            pairs = dict(_PAIR.findall(text))
            own = {"hard": pairs} if pairs else None
        case "restart" | "roll_back" | "delete_pod" | "cordon" | "uncordon" | "remove_network_policy":
            own = {}
        case _:
            own = None
    if own is None:
        return base
    return {**_container(kind, target, cast), **(base or {}), **own}


def _candidate(kind: str, target: Ref, cast: Cast) -> dict[str, Any] | None:
    """The fields of an analyzer's repair of this kind on this target."""
    actions = (action for hypothesis in cast.hypotheses for action in hypothesis.actions)
    found = next((each for each in actions if each.action == kind and each.target == target), None)
    return None if found is None else found.model_dump(exclude={"action", "target"})


def _container(kind: str, target: Ref, cast: Cast) -> dict[str, Any]:
    """The container that a finding about the target, or about one of its pods, names; else one named like it."""
    if kind not in ("patch_probe", "set_env", "set_image", "set_resources", "set_command"):
        return {}
    about = (f for f in cast.findings if f.subject == target or f.subject.name.startswith(f"{target.name}-"))
    named = (found[1] for finding in about if (found := _CONTAINER.search(finding.text)))
    return {"container": next(named, target.name)}


def _pair(text: str) -> tuple[str, str] | None:
    found = _SET.search(text) or _PAIR.search(text)
    return (found[1], found[2]) if found else None


def _probe(text: str) -> dict[str, Any] | None:
    lower = text.lower()
    kind = next((field for word, field in _PROBES.items() if word in lower), None)
    seconds, times, path = _SECONDS.search(text), _TIMES.search(text), _PATH.search(text)
    fields: dict[str, Any] = {}
    if seconds:
        late = "initial_delay_seconds" if "delay" in lower else "timeout_seconds"
        fields[late] = int(seconds[1])
    if times:
        fields["failure_threshold"] = int(times[1])
    if path:
        fields["path"] = path[1]
    return {"kind": kind, **fields} if kind and fields else None


def _resources(text: str) -> dict[str, Any] | None:
    amount = _AMOUNT.search(text)
    if amount is None:
        return None
    what = "cpu" if amount[1].endswith("m") or re.search(r"\bcpu\b", text, re.IGNORECASE) else "memory"
    return {"requests" if re.search(r"\brequest", text, re.IGNORECASE) else "limits": {what: amount[1]}}


def _port(text: str) -> int | str:
    return int(text) if text.isdigit() else text
