"""What the API serves: legacy and aggregated discovery, version and health."""

from typing import Any, Final

from lab.cluster.api import openapi
from lab.cluster.api.answer import Answer, json_answer
from lab.cluster.api.request import Request
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.resources import Resource, group_versions

VERSION: Final = {
    "major": "1",
    "minor": "33",
    "emulationMajor": "1",
    "emulationMinor": "33",
    "gitVersion": "v1.33.1+lab",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": "2026-01-01T00:00:00Z",
    "goVersion": "go1.24.2",
    "compiler": "gc",
    "platform": "linux/amd64",
}
HEALTH: Final = ("/healthz", "/livez", "/readyz")
PUBLIC: Final = (*HEALTH, "/version")
"""Paths that anybody may read."""
AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PART_KINDS: Final = {
    "scale": ("autoscaling", "v1", "Scale"),
    "exec": ("", "v1", "PodExecOptions"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
}
PART_VERBS: Final = {
    "log": ("get",),
    "exec": ("create", "get"),
    "eviction": ("create",),
    "binding": ("create",),
    "token": ("create",),
    "finalize": ("update",),
}


def discover(request: Request) -> Answer:
    """Answer a path that names no resource. Raises ApiError 404."""
    path = request.path.rstrip("/") or "/"
    is_aggregated = "as=APIGroupDiscoveryList" in request.headers.get("accept", "")
    match path.strip("/").split("/"):
        case ["healthz" | "livez" | "readyz", *_]:
            return Answer(200, b"ok", "text/plain")
        case ["version"]:
            return json_answer(VERSION)
        case [""]:
            return json_answer({"paths": ["/api", "/api/v1", "/apis", *HEALTH, "/openapi/v3", "/version"]})
        case ["openapi", *rest]:
            return openapi.serve(rest)
        case ["api" | "apis" as root] if is_aggregated:
            return Answer(200, json_answer(_aggregated(is_core=root == "api")).body, AGGREGATED)
        case ["api"]:
            return json_answer({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
        case ["apis"]:
            groups = [_group(name) for name in dict.fromkeys(g for g, _ in group_versions() if g)]
            return json_answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        case ["apis", group] if any(group == g for g, _ in group_versions()):
            return json_answer({"kind": "APIGroup", "apiVersion": "v1", **_group(group)})
        case ["api", version]:
            return _resources("", version)
        case ["apis", group, version]:
            return _resources(group, version)
        case _:
            raise ApiError.no_such_path()


def _group(name: str) -> Object:
    versions = [
        {"groupVersion": f"{name}/{version}", "version": version}
        for group, version in group_versions()
        if group == name
    ]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _resources(group: str, version: str) -> Answer:
    served = group_versions().get((group, version))
    if served is None:
        raise ApiError.no_such_path()
    rows: list[dict[str, Any]] = []
    for resource in served:
        head = {"name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced}
        rows.append({**head, "kind": resource.kind, "verbs": list(resource.verbs), **_names(resource)})
        for part in resource.subresources:
            of_group, of_version, kind = _part_kind(resource, part)
            foreign = (of_group, of_version) != (group, version)
            home = {"group": of_group, "version": of_version} if foreign else {}
            head = {"name": f"{resource.plural}/{part}", "singularName": "", "namespaced": resource.namespaced}
            rows.append({**head, **home, "kind": kind, "verbs": _part_verbs(part)})
    return json_answer(
        {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": served[0].api_version,
            "resources": rows,
        }
    )


def _names(resource: Resource) -> Object:
    return {
        **({"shortNames": list(resource.short_names)} if resource.short_names else {}),
        **({"categories": list(resource.categories)} if resource.categories else {}),
    }


def _part_kind(resource: Resource, part: str) -> tuple[str, str, str]:
    return PART_KINDS.get(part, (resource.group, resource.version, resource.kind))


def _part_verbs(part: str) -> list[str]:
    return list(PART_VERBS.get(part, ("get", "patch", "update")))


def _aggregated(is_core: bool) -> Object:
    groups: dict[str, list[Object]] = {}
    for (group, version), served in group_versions().items():
        if (group == "") is is_core:
            resources = [_aggregated_resource(resource) for resource in served]
            entry = {"version": version, "freshness": "Current", "resources": resources}
            groups.setdefault(group, []).append(entry)
    items = [{"metadata": {"name": g} if g else {}, "versions": versions} for g, versions in groups.items()]
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}}
    return {**head, "items": items}


def _aggregated_resource(resource: Resource) -> Object:
    parts = [
        {
            "subresource": part,
            "responseKind": dict(zip(("group", "version", "kind"), _part_kind(resource, part), strict=True)),
            "verbs": _part_verbs(part),
        }
        for part in resource.subresources
    ]
    return {
        "resource": resource.plural,
        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
        **_names(resource),
        **({"subresources": parts} if parts else {}),
    }
