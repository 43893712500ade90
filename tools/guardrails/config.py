"""Rules for what is written: nothing secret, nothing hidden, nothing dangling, nothing huge."""

import json
from collections.abc import Callable, Iterator

from domain.actions import CreateConfigMap, SetConfigKey, SetConfigReference, SetEnv
from domain.base import Json
from domain.cluster import Ref
from domain.proposal import Refusal
from domain.visible import visible
from tools.guardrails.case import Case, no
from tools.write.config import references
from tools.write.template import all_containers, template_of

HIDDEN = "[redacted:"
"""How the redactor's marks begin. A value that AOI was not shown must not be written back as its mark."""

Redact = Callable[[Json], Json]


def no_secret_value(case: Case, redact: Redact) -> Refusal | None:
    """No value that looks like a secret is written in clear, and none that comes from a Secret is replaced."""
    action = case.action
    written: dict[str, str] = {}
    match action:
        case SetEnv(name=name, value=str(value)):
            written = {name: value}
        case CreateConfigMap(data=data):
            written = data
        case SetConfigKey(key=key, value=value):
            written = {key: value}
    if HIDDEN in action.model_dump_json():
        return no("secret", "A value of this action was hidden from AOI; make the change by hand.")
    if not same(redact(written), written):
        return no(
            "secret", "A value of this action looks like a secret; put it into a Secret by hand and refer to it."
        )
    if isinstance(action, SetEnv) and _from_secret(case, action):
        return no("secret", f"{action.name} comes from a Secret; AOI does not replace that reference.")
    return None


def nothing_hidden(case: Case) -> Refusal | None:
    """No character is written that the people who approve it cannot see."""
    if all(visible(text) == text.replace("\r\n", "\n") for text in _texts(case.action.model_dump(mode="json"))):
        return None
    return no("hidden", f"This holds characters for {case.action.target} that nobody sees; write it without them.")


def existing_reference(case: Case) -> Refusal | None:
    """What is referred to exists, with the key."""
    action = case.action
    if not isinstance(action, SetConfigReference | SetEnv) or action.config_map is None:
        return None
    ref = Ref(kind="ConfigMap", name=action.config_map, namespace=action.target.namespace)
    found = case.scene.named.get(ref)
    if found is None:
        return no("missing-reference", f"{ref} does not exist; create it first.")
    if isinstance(action, SetEnv) and action.key not in (found.get("data") or {}):
        return no("missing-reference", f"{ref} has no key {action.key}; set it first.")
    return None


def wanted_config_map(case: Case) -> Refusal | None:
    """A ConfigMap is created only where some workload refers to it."""
    action = case.action
    if not isinstance(action, CreateConfigMap):
        return None
    users = [
        *(template_of(w) for kind in ("Deployment", "StatefulSet", "DaemonSet") for w in case.scene.of(kind)),
        *case.scene.of("Pod"),
    ]
    if any(r.get("name") == action.target.name for user in users for r in references(user)):
        return None
    return no("unused", f"Nothing refers to {action.target}; creating it would not help.")


def config_size(case: Case) -> Refusal | None:
    """Configuration written by AOI stays small enough to be read in the approval."""
    match case.action:
        case CreateConfigMap(data=data):
            size = sum(len(value.encode()) for value in data.values())
        case SetConfigKey(value=value):
            size = len(value.encode())
        case _:
            return None
    if size > case.limits.max_config_bytes:
        most = case.limits.max_config_bytes
        return no("size", f"{size} bytes are more than the {most} AOI may write into a ConfigMap; do it by hand.")
    return None


def _from_secret(case: Case, action: SetEnv) -> bool:
    if case.scene.target is None:
        return False
    return any(
        entry["name"] == action.name and "secretKeyRef" in (entry.get("valueFrom") or {})
        for container in all_containers(template_of(case.scene.target))
        if container["name"] == action.container
        for entry in container.get("env") or []
    )


def same(one: object, other: object) -> bool:
    """Equality that takes texts with the same JSON or the same lines as equal: the redactor writes them anew."""
    return _plain(one) == _plain(other)


def _texts(thing: object) -> Iterator[str]:
    """Every text of a JSON value, names too."""
    match thing:
        case str():
            yield thing
        case dict():
            yield from (text for pair in thing.items() for part in pair for text in _texts(part))
        case list():
            yield from (text for part in thing for text in _texts(part))


def _plain(value: object) -> object:
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case str() if value[:1] in ("{", "["):
            try:
                return ("json", _plain(json.loads(value)))
            except ValueError:
                return value
        case str():
            return value.replace("\r\n", "\n")
        case _:
            return value


CONFIG = (nothing_hidden, existing_reference, wanted_config_map, config_size)
