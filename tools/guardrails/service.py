"""All rules, in order; the first refusal counts."""

from dataclasses import dataclass

from domain.actions import Action, Change
from domain.base import Json
from domain.cluster import Scope
from domain.proposal import Refusal
from tools.guardrails.case import Case, Limits, Past, no, place
from tools.guardrails.config import CONFIG, no_secret_value, same
from tools.guardrails.reach import REACH
from tools.guardrails.undo import UNDO
from tools.guardrails.workloads import WORKLOADS
from tools.redact.service import Redactor
from tools.write.change import Scene, change_of

RULES = (*UNDO, *WORKLOADS, *CONFIG, *REACH)


@dataclass(frozen=True)
class Guardrails:
    """Refuses by default. The planner asks before proposing, the executor again before acting."""

    limits: Limits
    redactor: Redactor

    def place(self, action: Action, scope: Scope | None) -> Refusal | None:
        """Where the action points, before anything is read; `scope` is `None` for the executor."""
        return place(action, scope, self.limits)

    def judge(self, action: Action, scene: Scene, past: Past | None) -> Refusal | None:
        """The action against what is there."""
        case = Case(action=action, scene=scene, limits=self.limits, past=past)
        found = (refusal for rule in RULES if (refusal := rule(case)))
        return next(found, None) or no_secret_value(case, self.redactor.object)

    def clean(self, change: Change, live: Json | None, after: Json | None) -> Refusal | None:
        """The change shows no secret: made of redacted objects, it would be the very same.

        A change is stored and shown, and what is shown must be what is sent.
        """
        if change.verb == "delete":
            return None
        hidden = change_of(change.target, self._hidden(live), self._hidden(after))
        if same(hidden.body, change.body):
            return None
        target = change.target
        return no(
            "secret", f"This would change or show a value of {target} that looks like a secret; do it by hand."
        )

    def _hidden(self, thing: Json | None) -> Json | None:
        return None if thing is None else self.redactor.object(thing)
