"""All rules, in order; the first refusal counts."""

from dataclasses import dataclass

from domain.actions import Action, Change, Risk
from domain.approval import Approval
from domain.base import Json
from domain.cluster import Scope
from domain.judge import protected, subject_of
from domain.policy import WritePolicy
from domain.proposal import Proposal, Refusal
from tools.guardrails.accounts import ACCOUNTS
from tools.guardrails.case import Case, Limits, Past, no, place
from tools.guardrails.config import CONFIG, no_secret_value, same
from tools.guardrails.policy import Moment, executable, proposable
from tools.guardrails.reach import REACH
from tools.guardrails.undo import UNDO
from tools.guardrails.workloads import WORKLOADS
from tools.redact.service import Redactor
from tools.write.change import Scene, change_of

RULES = (*UNDO, *WORKLOADS, *CONFIG, *REACH, *ACCOUNTS)


@dataclass(frozen=True)
class Guardrails:
    """Refuses by default. The planner asks before proposing, the executor again before acting."""

    limits: Limits
    redactor: Redactor
    policy: WritePolicy | None = None
    """Who may have what done; `None` where the people are not asked, as in tests of the hands alone."""

    def place(self, action: Action, scope: Scope | None) -> Refusal | None:
        """Where the action points, before anything is read; `scope` is `None` for the executor."""
        refusal = place(action, scope, self.limits)
        if refusal is not None or self.policy is None:
            return refusal
        return protected(self.policy, subject_of(action, Risk.LOW).target)

    def proposable(self, action: Action, risk: Risk, scene: Scene, past: Past | None) -> Refusal | None:
        """What the policy says before anything is shown; `risk` is that of the draft."""
        return (
            proposable(self.policy, action, risk, scene, past.proposal if past else None) if self.policy else None
        )

    def executable(
        self,
        proposal: Proposal,
        approval: Approval,
        risk: Risk,
        scene: Scene,
        moment: Moment,
        past: Past | None,
    ) -> Refusal | None:
        """What the policy says right before the write; no other process is believed."""
        if self.policy is None:
            return None
        return executable(self.policy, proposal, approval, risk, scene, moment, past.proposal if past else None)

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
