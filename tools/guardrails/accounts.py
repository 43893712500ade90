"""Rules for the users of database servers: no administrator, no data of the server itself, no foreign Secret."""

from collections.abc import Iterator

from domain.accounts import SERVER_DATABASES, CreateDatabaseUser, GrantDatabaseRole
from domain.actions import Undo
from domain.proposal import Refusal
from tools.guardrails.case import Case, no
from tools.write.account_job import undone_ref
from tools.write.mongo import administrator_name, administrator_secret
from tools.write.template import all_containers, template_of

_USERS = ("Deployment", "StatefulSet", "DaemonSet")


def application_database(case: Case) -> Refusal | None:
    """A role is for an application's database."""
    action = case.action
    if not isinstance(action, GrantDatabaseRole | CreateDatabaseUser) or action.database not in SERVER_DATABASES:
        return None
    return no("system-database", f"{action.database} is the server's own database; grant a role on it by hand.")


def ordinary_user(case: Case) -> Refusal | None:
    """The administrator, as whom the Job logs in, stays as it is."""
    action, live = case.action, case.scene.target
    if not isinstance(action, GrantDatabaseRole | CreateDatabaseUser) or live is None:
        return None
    if "template" not in live.get("spec", {}) or administrator_name(live) != action.user:
        return None
    return no("administrator", f"{action.user} is the administrator of {action.target}; change it by hand.")


def known_password(case: Case) -> Refusal | None:
    """A new user gets the password that some workload refers to, and never the administrator's."""
    action, live = case.action, case.scene.target
    if not isinstance(action, CreateDatabaseUser) or live is None or "template" not in live.get("spec", {}):
        return None
    wanted = (action.secret_name, action.key)
    if wanted == administrator_secret(live):
        return no("administrator", f"{action.key} of Secret {action.secret_name} is the administrator's password.")
    if wanted in set(_referred(case)):
        return None
    reason = f"No workload refers to {action.key} of Secret {action.secret_name}; name the one that is in use."
    return no("unused-secret", reason)


def finished_job(case: Case) -> Refusal | None:
    """What a Job did is taken back only if it did it: it is complete, and still there to say so."""
    action = case.action
    if not isinstance(action, Undo) or action.change.target == action.target:
        return None
    job = undone_ref(action.change.target)
    found = case.scene.named.get(job)
    if found is None:
        return no("undo", f"{job} is gone, so it cannot be told what it changed; take it back by hand if it did.")
    states = {c["type"] for c in (found.get("status") or {}).get("conditions") or () if c.get("status") == "True"}
    if "Complete" in states:
        return None
    if "Failed" in states:
        return no("undo", f"{job} failed; if it changed anything all the same, take it back by hand.")
    return no("undo", f"{job} has not ended yet; wait for its end.")


def _referred(case: Case) -> Iterator[tuple[str, str]]:
    """Secret and key of each variable in the namespace's workloads."""
    workloads = (workload for kind in _USERS for workload in case.scene.of(kind))
    containers = (container for w in workloads for container in all_containers(template_of(w)))
    entries = (entry for container in containers for entry in container.get("env") or ())
    references = ((entry.get("valueFrom") or {}).get("secretKeyRef") for entry in entries)
    return ((found["name"], found["key"]) for found in references if found)


ACCOUNTS = (application_database, ordinary_user, known_password, finished_job)
