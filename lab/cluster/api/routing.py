"""From a path to what it names."""

from urllib.parse import unquote

from lab.cluster.api.request import Target
from lab.cluster.errors import ApiError
from lab.cluster.resources import by_path

NAMESPACE_PARTS = ("status", "finalize")
VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "HEAD": "get"}


def target_of(path: str) -> Target | None:
    """The resource that a path names; `None` for discovery and health. Raises ApiError 404."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    match parts:
        case ["api", version, *rest] if rest:
            group = ""
        case ["apis", group, version, *rest] if rest:
            pass
        case _:
            return None
    namespace = ""
    match rest:
        case ["namespaces", space, plural, *tail] if plural not in NAMESPACE_PARTS:
            namespace, rest = space, [plural, *tail]
    plural, name, subresource = rest[0], "".join(rest[1:2]), "/".join(rest[2:])
    resource = by_path(group, version, plural)
    if resource is None or (namespace and not resource.namespaced):
        raise ApiError.no_such_path()
    if subresource and subresource not in resource.subresources:
        raise ApiError.no_such_path()
    return Target(resource, namespace, name, subresource)


def verb_of(method: str, target: Target, is_watch: bool) -> str:
    """The RBAC verb of a request. Raises ApiError 405."""
    match method:
        case "GET":
            return "watch" if is_watch else "get" if target.name else "list"
        case "DELETE":
            return "delete" if target.name else "deletecollection"
        case _ if method in VERBS:
            return VERBS[method]
        case _:
            raise ApiError.method_not_allowed()
