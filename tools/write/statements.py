"""What is said to a MongoDB server: fixed texts for both shells, with names from closed character sets in them.

Each ends with code 0 only if it changed something itself: 3 when there is no such user, 4 when nothing was to be
changed. So a Job that is complete is one whose work can be taken back. Names come through `json.dumps`, and
their types let no quote, no `$` and no backslash in (`domain.accounts`).
"""

import json
from dataclasses import dataclass

from domain.accounts import AccountAction, CreateDatabaseUser, GrantDatabaseRole
from tools.write.mongo import Shell

WORD = "/aoi/word"
"""Where a Job finds the new user's password, as a file."""
_READS = {"mongo": f'cat("{WORD}")', "mongosh": f'require("fs").readFileSync("{WORD}", "utf8")'}


@dataclass(frozen=True)
class Said:
    """A statement, and the one that takes back what it did."""

    does: str
    back: str


def said(action: AccountAction, shell: Shell) -> Said:
    """What the action comes to in a shell that is connected to the user's own database."""
    match action:
        case GrantDatabaseRole():
            return Said(_changes(action, "grantRolesToUser"), _changes(action, "revokeRolesFromUser"))
        case CreateDatabaseUser():
            return Said(_creates(action, shell), _drops(action))


def _changes(action: GrantDatabaseRole, method: str) -> str:
    grants = method == "grantRolesToUser"
    what = f"{action.role} on {action.database}"
    idle = f"{action.user} has {what} already" if grants else f"{action.user} does not have {what}"
    done = f"Granted {what} to {action.user}." if grants else f"Revoked {what} from {action.user}."
    user = json.dumps(action.user)
    return _lines(
        f"var user = db.getUser({user});",
        *_unless("user === null", _nobody(action), 3),
        f"db.{method}({user}, [{_role(action)}]);",
        *_unless(f"db.getUser({user}).roles.length === user.roles.length", f"{idle}; nothing was changed.", 4),
        f"print({json.dumps(done)});",
    )


def _creates(action: CreateDatabaseUser, shell: Shell) -> str:
    return _lines(
        f"var word = {_READS[shell]};",
        f"db.createUser({{user: {json.dumps(action.user)}, pwd: word, roles: [{_role(action)}]}});",
        f"print({json.dumps(f'Created {action.user} in {action.user_database}.')});",
    )


def _drops(action: CreateDatabaseUser) -> str:
    user = json.dumps(action.user)
    return _lines(
        *_unless(f"db.getUser({user}) === null", _nobody(action), 3),
        f"db.dropUser({user});",
        f"print({json.dumps(f'Dropped {action.user} from {action.user_database}.')});",
    )


def _unless(condition: str, remark: str, code: int) -> tuple[str, ...]:
    """Say why nothing is done, and end, where a condition holds."""
    return f"if ({condition}) {{", f"  print({json.dumps(remark)});", f"  quit({code});", "}"


def _lines(*lines: str) -> str:
    return "\n".join(lines)


def _role(action: AccountAction) -> str:
    return f"{{role: {json.dumps(action.role)}, db: {json.dumps(action.database)}}}"


def _nobody(action: AccountAction) -> str:
    return f"There is no user {action.user} in {action.user_database}; nothing was changed."
