"""What a step was shown, as far as a reply is judged by it, and a reply as it is read within that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.actions import Change, Undo
from domain.cluster import Ref
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.errors import BadReply
from domain.journal import Probed
from domain.ports import Sight
from domain.references import Shown
from graph.policies.chat.answer import read_within
from graph.policies.chat.history import written_call
from graph.policies.chat.refs import read_ref
from graph.policies.chat.rights import Rights, rights_of


@dataclass(frozen=True)
class Said:
    """A reply, as far as it can be read."""

    text: str
    fields: Mapping[str, Any] | None
    """The JSON object that it is; `None` for anything else."""
    decision: Decision | None
    """`None` for a reply that AOI could not carry out."""
    target: Ref | None = None
    """The object that the decision says it is about; `None` for none."""

    @property
    def namespace(self) -> str:
        """Where it says it aims."""
        return str((self.fields or {}).get("namespace", ""))


def shown_of(sight: Sight) -> Shown:
    """What bounds a reply at this step."""
    rights = rights_of(sight)
    steps = (entry.step for entry in sight.trajectory.entries)
    return Shown(
        namespaces=rights.namespaces,
        findings={finding.id: finding.subject for finding in sight.findings},
        probes=rights.probes,
        proposing=rights.proposing,
        undo=rights.undo.target if rights.undo else None,
        due=rights.due,
        done=tuple(dict.fromkeys(written_call(step.call) for step in steps if isinstance(step, Probed))),
    )


def rights_in(shown: Shown) -> Rights:
    """The rights of the step again. What an undo would change is left out: it holds values of the cluster."""
    return Rights(
        namespaces=shown.namespaces,
        findings=frozenset(shown.findings),
        probes=shown.probes,
        proposing=shown.proposing,
        undo=bare_undo(shown.undo) if shown.undo else None,
        due=shown.due,
    )


def bare_undo(target: Ref) -> Undo:
    """An undo as the Observer says it: by its object alone."""
    return Undo(target=target, proposal_id="", change=Change(verb="patch", target=target))


def said(text: str, shown: Shown) -> Said:
    """The reply as it is read at that step."""
    fields = _fields(text)
    try:
        decision = read_within(text, rights_in(shown))
    except BadReply:
        return Said(text, fields, None)
    assert fields is not None
    return Said(text, fields, decision, _target(decision, fields))


def _fields(text: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _target(decision: Decision, fields: Mapping[str, Any]) -> Ref | None:
    match decision:
        case Propose(action=action):
            return action.target
        case Conclude(diagnosis=found):
            return next(iter(found.components), None)
        case Probe():
            try:
                return read_ref(str(fields["target"]), str(fields["namespace"]), "target")
            except BadReply:
                return None
