"""Actions on the users of a database server: a Job that says one fixed statement to it."""

from domain.accounts import AccountAction, CreateDatabaseUser
from domain.actions import Change, Risk
from tools.write.account_job import KEPT_SECONDS, job_of, job_ref, undo_ref
from tools.write.change import Draft, Scene
from tools.write.kubectl import line_of
from tools.write.mongo import server_of
from tools.write.statements import said
from tools.write.template import copy_of


def change_account(action: AccountAction, scene: Scene) -> Draft:
    """The Job to make, and the one that takes back what it did."""
    live = copy_of(action.target, scene.target)
    server = server_of(action.target, live, scene.of("Service"))
    statements = said(action, server.shell)
    job = job_ref(action, {found["metadata"]["name"] for found in scene.of("Job")})
    wanted = job_of(job, action, statements.does, server, live)
    back = Change(
        verb="create",
        target=undo_ref(job),
        body=job_of(undo_ref(job), action, statements.back, server, live),
    )
    return Draft(
        wanted=wanted,
        risk=Risk.HIGH,
        undo_text=f"{_back(action)} by another Job, within {KEPT_SECONDS // 60} minutes after this one.",
        kubectl=line_of(Change(verb="create", target=job, body=wanted)),
        reversible=False,
        of=job,
        back=back,
    )


def _back(action: AccountAction) -> str:
    if isinstance(action, CreateDatabaseUser):
        return f"Drop the user {action.user} again"
    return f"Revoke {action.role} on {action.database} from {action.user} again"
