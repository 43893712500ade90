"""The playbook: rules from what triage suspects to a decision, without any model."""

from dataclasses import dataclass, field

from domain.actions import Action, Undo
from domain.decisions import MOST_CALLS, Conclude, Decision, Probe, Propose
from domain.diagnosis import Diagnosis, Hypothesis
from domain.execution import Improvement
from domain.lessons import Guidance
from domain.ports import Sight
from domain.probes import ProbeCall, Snapshot
from domain.proposal import Proposal
from graph.lessons.words import guidance_line, origin
from graph.memory.experience import ordered
from graph.memory.words import seen_before
from graph.policies import case as cases
from graph.policies.case import Case
from graph.policies.confirm import SURE, calls_for
from graph.policies.texts import Texts, load_texts

_SHOWN = 4
_LOOKS = 2
"""Fresh looks after the first that a cause without a repair is worth."""
_PATIENCE = 20
"""Seconds between them: a program that crashes has done so twice by then, and back-off has begun."""
_WORTH_BLAMING = 0.6
"""Hypotheses below this confidence are told, but not counted among the faulty components."""
_HEALTHY = "Nothing is wrong: every workload is ready, and no log, event or setting suggests a fault."

_NOT_THROUGH = "Nothing suspicious is left; watch the rollout, and ask me again if it does not finish."


@dataclass(frozen=True)
class Candidate:
    """A repair, and the hypothesis that it treats."""

    hypothesis: Hypothesis
    action: Action


@dataclass(frozen=True)
class PlaybookPolicy:
    """Decides by rules; the same sight always gets the same decision."""

    name: str = "playbook"
    texts: Texts = field(default_factory=load_texts)

    async def decide(self, sight: Sight) -> Decision:
        """Conclude when it is over, look once more when unsure, else propose the next repair or hand over."""
        case = cases.read(sight.trajectory)
        verification = case.verification
        if verification and verification.improvement is Improvement.RESOLVED and not isinstance(_done(case), Undo):
            return self._after_repair(sight, case)
        if calls := _looks(sight):
            return self._look(sight, calls)
        if not sight.hypotheses:
            return self._nothing_left(sight, case)
        if useless := case.useless():
            return self._undo(sight, case, useless)
        if stop := self._stopped(sight, case):
            return stop
        if not case.probed and not case.attempts and (calls := calls_for(sight, self.texts, sight.hypotheses[0])):
            best = sight.hypotheses[0]
            said = f"{best.statement} I look once more to be sure."
            return Probe(summary=said, calls=calls, **_held(sight, best))
        return self._next(sight, case)

    @staticmethod
    def _look(sight: Sight, calls: tuple[ProbeCall, ...]) -> Probe:
        """What lessons want to see before they say anything."""
        best, now = sight.hypotheses[0], sight.incident.created_at
        said = " ".join(guidance_line(one, now) for one in sight.guidance if one.calls)
        return Probe(summary=f"{best.statement} {said}", calls=calls, **_held(sight, best))

    def _next(self, sight: Sight, case: Case) -> Decision:
        """The best repair that is left, else back to where it was, else over to the people."""
        candidates = self._candidates(sight, case)
        if candidates and not sight.incident.read_only and sight.proposals_left > 0:
            return self._propose(sight, case, candidates[0])
        if candidates and sight.incident.read_only:
            does = self.texts.does(candidates[0].action)
            return self._hand_over(
                sight, f"Read-only: I would propose to {does}. {self._reason(sight, candidates[0])}"
            )
        if again := self._later(sight, case):
            return again
        return self._hand_over(sight, self._advice(sight, case))

    def _later(self, sight: Sight, case: Case) -> Probe | None:
        """A fresh look after a while: trouble that has just begun does not yet show its cause."""
        best = sight.hypotheses[0]
        if best.confidence >= SURE or best.actions or case.attempts or case.looks > _LOOKS or sight.steps_left < 3:
            return None
        spaces = dict.fromkeys(h.subject.namespace for h in sight.hypotheses if h.subject.namespace)
        calls = tuple(Snapshot(namespace=space, after_seconds=_PATIENCE) for space in list(spaces)[:1])
        if not calls:
            return None
        said = f"{best.statement} That may be only the beginning, so I look again in {_PATIENCE} s."
        return Probe(summary=said, calls=calls, **_held(sight, best))

    def _candidates(self, sight: Sight, case: Case) -> list[Candidate]:
        """The repairs that were not tried, best first, as past incidents order them; what people asked for in a
        rejection comes to the front."""
        found = [
            Candidate(hypothesis, action)
            for hypothesis in sight.hypotheses
            for action in hypothesis.actions
            if not case.has_tried(action) and not case.would_revert(action)
        ]
        found = ordered(sight.memories, [(c.hypothesis, c.action, c) for c in found], _WORTH_BLAMING)
        if case.rejection is None or not case.attempts:
            return found
        rejected, wish = case.attempts[-1].action, case.rejection.reason
        found = [c for c in found if (c.action.action, c.action.target) != (rejected.action, rejected.target)]
        return sorted(
            found,
            key=lambda c: c.action.action == rejected.action or not self.texts.asks_for(wish, c.action),
        )

    def _propose(self, sight: Sight, case: Case, candidate: Candidate) -> Propose:
        before = ""
        if case.rejection is not None:
            before = f"You rejected the last proposal ({case.rejection.reason or 'no reason given'}). "
        elif case.failure is not None:
            before = f"The last proposal did not come about: {case.failure} "
        elif case.verification is not None:
            before = f"{case.verification.detail} "
        return Propose(
            summary=f"{before}{candidate.hypothesis.statement}{_remembered(sight, case)}",
            action=candidate.action,
            why=self._reason(sight, candidate),
            **_held(sight, candidate.hypothesis),
        )

    def _reason(self, sight: Sight, candidate: Candidate) -> str:
        called = self.texts.causes[candidate.hypothesis.cause].called
        taught = _guide(sight, candidate.hypothesis)
        why = f"This is by {origin(taught.lesson, sight.incident.created_at)}." if taught else ""
        return f"The cause is {called}. {why or self.texts.why(candidate.action)}"

    def _undo(self, sight: Sight, case: Case, proposal: Proposal) -> Decision:
        change = proposal.plan.undo
        assert change is not None
        assert case.verification is not None
        worse = case.verification.improvement is Improvement.WORSE
        if sight.incident.read_only:
            return self._hand_over(sight, f"The last change did not help; take it back: {proposal.plan.undo_text}")
        held = case.treated or sight.hypotheses[0]
        target = proposal.plan.action.target
        return Propose(
            summary=f"{case.verification.detail} The change to {target} should be taken back.",
            action=Undo(target=target, proposal_id=proposal.id, change=change),
            why="It made things worse." if worse else "It did not help.",
            **_held(sight, held),
        )

    def _stopped(self, sight: Sight, case: Case) -> Conclude | None:
        """What ends the run although there are hypotheses: the people's word, or their silence."""
        if case.expired:
            return self._hand_over(sight, "Nobody decided in time; ask me again and I will look afresh.")
        if case.rejection is not None and self.texts.says_hands_off(case.rejection.reason):
            return self._hand_over(sight, f"You take it from here: {case.rejection.reason}")
        return None

    def _after_repair(self, sight: Sight, case: Case) -> Decision:
        """The repair helped. A fault of its own beside it is the next to treat."""
        left = [c for c in self._candidates(sight, case) if c.hypothesis.confidence >= _WORTH_BLAMING]
        if left and sight.proposals_left > 0 and not sight.incident.read_only:
            return self._propose(sight, case, left[0])
        assert case.verification is not None
        held = case.treated or (sight.hypotheses[0] if sight.hypotheses else None)
        if held is None:
            return self._healthy(sight, f"Resolved. {case.verification.detail}")
        called = self.texts.causes[held.cause].called
        said = f"Resolved. The cause was {called}: {held.statement} {case.verification.detail}"
        return self._over(sight, held, said, resolved=True)

    def _nothing_left(self, sight: Sight, case: Case) -> Decision:
        """No suspicion, or none any more: all is well, or a repair is not through yet."""
        held, verification = case.treated, case.verification
        if held is None or verification is None:
            known = [guidance_line(one, sight.incident.created_at) for one in sight.guidance]
            return self._healthy(sight, " ".join(known) or _HEALTHY)
        if verification.improvement is Improvement.IMPROVED:
            said = f"Better, but not finished. {held.statement} {verification.detail}"
            return self._over(sight, held, said, resolved=False, advice=_NOT_THROUGH)
        said = f"Nothing is wrong any more. {held.statement} {verification.detail}"
        return self._over(sight, held, said, resolved=True)

    def _over(self, sight: Sight, held: Hypothesis, said: str, resolved: bool, advice: str = "") -> Conclude:
        return Conclude(
            summary=said,
            diagnosis=self._diagnosis(sight, held),
            resolved=resolved,
            advice=advice,
            **_held(sight, held),
        )

    def _healthy(self, sight: Sight, said: str) -> Conclude:
        cites = tuple(finding.id for finding in sight.findings[:1])
        return Conclude(
            summary=said,
            cites=cites,
            confidence=0.9,
            diagnosis=Diagnosis(anomaly=False, root_cause=said, cites=cites),
            resolved=True,
        )

    def _hand_over(self, sight: Sight, advice: str) -> Conclude:
        best = sight.hypotheses[0]
        called = self.texts.causes[best.cause].called
        advice += _remembered(sight, cases.read(sight.trajectory))
        return self._over(sight, best, f"The cause is {called}: {best.statement}", resolved=False, advice=advice)

    def _advice(self, sight: Sight, case: Case) -> str:
        taught = _guide(sight, sight.hypotheses[0])
        own = taught.lesson.advice if taught else ""
        advice = own or self.texts.causes[sight.hypotheses[0].cause].advice
        if case.verification is not None:
            return f"{case.verification.detail} {advice}"
        if case.failure is not None:
            return f"My proposal did not come about: {case.failure} {advice}"
        if case.rejection is not None:
            return f"I know no other repair that is safe. {advice}"
        return advice

    def _diagnosis(self, sight: Sight, best: Hypothesis) -> Diagnosis:
        others = (h.subject for h in sight.hypotheses if h.confidence >= _WORTH_BLAMING)
        return Diagnosis(
            anomaly=True,
            components=tuple(dict.fromkeys((best.subject, *cases.read(sight.trajectory).mended, *others))),
            cause=best.cause,
            system_level=self.texts.system_level(best),
            fault_type=self.texts.fault_type(best),
            root_cause=best.statement,
            cites=best.cites,
        )


def _held(sight: Sight, first: Hypothesis) -> dict[str, object]:
    """The fields that every decision fills from what it holds, the one it acts on first."""
    others = tuple(h for h in sight.hypotheses if h.key != first.key)
    return {"hypotheses": (first, *others)[:_SHOWN], "cites": first.cites, "confidence": first.confidence}


def _looks(sight: Sight) -> tuple[ProbeCall, ...]:
    """The probes of the lessons that have not seen their texts yet, as many as one decision may hold."""
    calls = dict.fromkeys(call for guidance in sight.guidance for call in guidance.calls)
    return tuple(calls)[: min(MOST_CALLS, sight.probes_left)]


def _guide(sight: Sight, held: Hypothesis) -> Guidance | None:
    """The lesson that a hypothesis is by."""
    said = (g for g in sight.guidance if g.hypothesis and g.hypothesis.key == held.key)
    return next(said, None)


def _remembered(sight: Sight, case: Case) -> str:
    """A sentence on the most alike past incident, said once: before anything was tried."""
    alike = next((r for r in sight.memories if r.by_symptoms), None)
    return f" {seen_before(alike, sight.incident.created_at)}" if alike and not case.attempts else ""


def _done(case: Case) -> Action | None:
    return case.proposal.plan.action if case.proposal else None
