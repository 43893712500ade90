"""The database users that a server's own scripts make at its first start: what the team itself has declared."""

import re
from collections.abc import Iterator, Mapping

from tools.analyzers.objects import Workload, dig, name_of
from tools.analyzers.wiring import all_containers
from tools.snapshot import Snapshot

SCRIPTS = "/docker-entrypoint-initdb.d"
"""Where the images of MongoDB, and of others, look for them."""
_SAYS = re.compile(
    r"createUser\s*\(\s*\{\s*\"?user\"?\s*:\s*(?P<made>['\"][^'\"]+)['\"]"
    r"|\"?createUser\"?\s*:\s*(?P<asked>['\"][^'\"]+)['\"]"
    r"|grantRolesToUser\s*\(\s*(?P<granted>['\"][^'\"]+)['\"]"
)
_ROLE = re.compile(r"\{\s*\"?role\"?\s*:\s*['\"](\w+)['\"]\s*,\s*\"?db\"?\s*:\s*['\"]([\w.-]+)['\"]")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

Roles = tuple[tuple[str, str], ...]
"""Role and database."""


def declared_users(snapshot: Snapshot, server: Workload) -> Mapping[str, tuple[Roles, str]]:
    """By user: its roles, and the ConfigMap that says so."""
    found: dict[str, tuple[Roles, str]] = {}
    for config, text in _scripts(snapshot, server):
        statements = list(_SAYS.finditer(text))
        ends = [*(statement.start() for statement in statements[1:]), len(text)]
        for statement, end in zip(statements, ends, strict=False):
            user = str(statement[statement.lastgroup or 0])[1:]
            known = found.get(user, ((), config))[0]
            roles = _ROLE.findall(text, statement.end(), end)
            found[user] = tuple(dict.fromkeys((*known, *roles))), config
    return found


def _scripts(snapshot: Snapshot, server: Workload) -> Iterator[tuple[str, str]]:
    """Name of the ConfigMap and text of each script, with the variables that the manifest says in clear."""
    configs = {v["name"]: dig(v, "configMap", "name") for v in server.pod_spec.get("volumes") or ()}
    for container in all_containers(server.pod_spec):
        env = {entry["name"]: str(entry["value"]) for entry in container.get("env") or () if entry.get("value")}
        mounts = container.get("volumeMounts") or ()
        named = (configs.get(m["name"]) for m in mounts if str(m.get("mountPath", "")).startswith(SCRIPTS))
        for config in filter(None, (snapshot.named("ConfigMap", name) for name in named if name)):
            yield from ((name_of(config), _filled(str(text), env)) for text in (config.get("data") or {}).values())


def _filled(text: str, env: Mapping[str, str]) -> str:
    plain = text.replace('\\"', '"')
    return _VARIABLE.sub(lambda found: env.get(found[1] or found[2], found[0]), plain)
