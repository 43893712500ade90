"""May they: RBAC over the stored roles and bindings."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.resources import Resource
from lab.cluster.store import Store
from lab.cluster.users import MASTERS, SERVICE_ACCOUNT, User


@dataclass(frozen=True)
class Attributes:
    """What somebody wants to do, to a resource or (with `path`) to something else."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def target(self) -> str:
        """`pods/exec`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True)
class Allowed:
    """The rule that grants it."""

    reason: str


ALL_RULES: tuple[Object, ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)


def allowed(store: Store, user: User, wanted: Attributes) -> Allowed | None:
    """Why the user may, or `None`."""
    if MASTERS in user.groups:
        return Allowed("")
    for rule, source in _rules(store, user, wanted.namespace):
        if _grants(rule, wanted):
            return Allowed(f"RBAC: allowed by {source}")
    return None


def rules_of(store: Store, user: User, namespace: str) -> list[Object]:
    """Every rule that holds for the user in a namespace."""
    if MASTERS in user.groups:
        return list(ALL_RULES)
    return [rule for rule, _ in _rules(store, user, namespace)]


def authorize(store: Store, user: User, resource: Resource, wanted: Attributes) -> None:
    """Raises ApiError 403 unless the user may."""
    if allowed(store, user, wanted) is None:
        raise forbidden(user, resource, wanted)


def forbidden(user: User, resource: Resource, wanted: Attributes) -> ApiError:
    """The refusal, in the API server's words."""
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    what = f'cannot {wanted.verb} resource "{wanted.target}" in API group "{wanted.group}" {where}'
    return ApiError.forbidden(resource, wanted.name, f'User "{user.name}" {what}')


def forbidden_path(user: User, verb: str, path: str) -> ApiError:
    """The refusal of a path that is no resource."""
    return ApiError(403, "Forbidden", f'forbidden: User "{user.name}" cannot {verb} path "{path}"')


def forbidden_impersonation(user: User, kind: str, name: str) -> ApiError:
    """The refusal to act as somebody else; `kind` is users, groups or serviceaccounts."""
    what = f'User "{user.name}" cannot impersonate resource "{kind}" in API group "" at the cluster scope'
    return ApiError(403, "Forbidden", f'{kind} "{name}" is forbidden: {what}', {"name": name, "kind": kind})


def _rules(store: Store, user: User, namespace: str) -> Iterator[tuple[Object, str]]:
    for binding in store.list("ClusterRoleBinding"):
        if _binds(binding, user):
            name = binding["roleRef"]["name"]
            source = f'ClusterRoleBinding "{binding["metadata"]["name"]}" of ClusterRole "{name}"'
            for rule in (store.get("ClusterRole", None, name) or {}).get("rules") or ():
                yield rule, source
    for binding in store.list("RoleBinding", namespace) if namespace else ():
        if _binds(binding, user):
            ref = binding["roleRef"]
            where = None if ref["kind"] == "ClusterRole" else namespace
            source = f'RoleBinding "{binding["metadata"]["name"]}/{namespace}" of {ref["kind"]} "{ref["name"]}"'
            for rule in (store.get(ref["kind"], where, ref["name"]) or {}).get("rules") or ():
                yield rule, source


def _binds(binding: Object, user: User) -> bool:
    for subject in binding.get("subjects") or ():
        match subject["kind"]:
            case "User":
                found = subject["name"] == user.name
            case "Group":
                found = subject["name"] in user.groups
            case _:
                namespace = subject.get("namespace") or binding["metadata"].get("namespace", "")
                found = user.name == f"{SERVICE_ACCOUNT}{namespace}:{subject['name']}"
        if found:
            return True
    return False


def _grants(rule: Object, wanted: Attributes) -> bool:
    if not {"*", wanted.verb} & set(rule["verbs"]):
        return False
    if wanted.path:
        return any(
            url in ("*", wanted.path) or (url.endswith("*") and wanted.path.startswith(url[:-1]))
            for url in rule.get("nonResourceURLs") or ()
        )
    names = rule.get("resourceNames")
    return bool(
        {"*", wanted.group} & set(rule.get("apiGroups") or ())
        and {"*", wanted.target, f"*/{wanted.subresource}"} & set(rule.get("resources") or ())
        and (not names or wanted.name in names)
    )
