"""Several decisions are drawn for a step; what most of them are is done, and the group is kept to learn from."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.actions import Restart, Scale
from domain.decisions import Conclude, Decision, Probe, Propose
from domain.diagnosis import Cause, Diagnosis
from domain.model import groups_of
from domain.probes import Volumes
from graph.model.client import Reply
from graph.policies.chat.agreement import Drawn, agreed
from lab.reader.perfect import decision, perfect
from tests.contract.store.test_model_calls import call
from tests.graph.model.clients import TERMS
from tests.graph.model.server import Fails, Line, Says
from tests.graph.policies.chat.test_policy import told
from tests.graph.policies.story import WEB, Story, suspicion

THREE = replace(TERMS, samples=3, temperature=0.8)
JUDGED = replace(THREE, verifying=True)
LEARNABLE = {
    "token_ids": [5, 7],
    "logprobs": {"content": [{"token": "a", "logprob": -0.5, "top_logprobs": []}] * 2},
}
SIGHT = Story(suspicion(Restart(target=WEB))).sight


def drawn(decision: Decision) -> Drawn:
    return Drawn(Reply("{}", False, call("call-1")), decision)


def propose(action: Any, confidence: float = 0.5) -> Drawn:
    return drawn(Propose(summary="s", action=action, why="w", confidence=confidence))


PROBE = drawn(Probe(summary="s", calls=(Volumes(namespace="prod"),), confidence=0.9))
NOTHING = drawn(
    Conclude(summary="s", diagnosis=Diagnosis(anomaly=False, root_cause="r"), resolved=True, confidence=1)
)
WEB_AT_FAULT = drawn(
    Conclude(
        summary="s",
        diagnosis=Diagnosis(anomaly=True, components=(WEB,), cause=Cause.IMAGE_PULL, root_cause="r"),
        resolved=False,
        confidence=0.2,
    )
)


def test_the_majority_of_kind_and_target_wins_by_its_surest_member() -> None:
    sure = propose(Restart(target=WEB), 0.7)
    assert agreed([PROBE, propose(Restart(target=WEB)), sure], SIGHT) is sure
    assert agreed([PROBE, PROBE, sure], SIGHT) is PROBE


def test_a_tie_goes_to_what_the_rules_suspect() -> None:
    known, unknown = propose(Restart(target=WEB), 0.3), propose(Scale(target=WEB, replicas=0), 0.9)
    assert agreed([unknown, known], SIGHT) is known
    assert agreed([NOTHING, WEB_AT_FAULT], SIGHT) is WEB_AT_FAULT


@dataclass
class Turns:
    """Says one line after the other; the requests of a group come in any order."""

    lines: list[Line]
    said: int = field(default=0)

    def __call__(self, case: str) -> Any:
        line = self.lines[min(self.said, len(self.lines) - 1)]
        self.said += 1
        return line(case) if callable(line) else line


def ending(case: str) -> str:
    return decision(case, instruction=END)


END = {"anomaly": False, "components": [], "root_cause": "Nothing.", "resolved": True, "advice": ""}


def learnable(case: str) -> Says:
    return Says(perfect(case), more=LEARNABLE)


async def test_what_most_replies_decide_is_done_and_the_group_is_kept(tmp_path: Path) -> None:
    seen = await told(tmp_path, Turns([learnable, ending, learnable, perfect]), terms=THREE)
    assert isinstance(seen.decided[0].decision, Propose)
    first, second = groups_of(seen.calls)
    assert len(first.completions) == len(second.completions) == 3
    assert [each.chosen for each in first.completions].count(True) == 1
    chosen = next(each for each in first.completions if each.chosen)
    assert (chosen.token_ids, chosen.logprobs) == ((5, 7), (-0.5, -0.5))
    assert json.loads(chosen.reply)["action"] == "propose"
    assert first.messages
    assert first.prompt_hash != second.prompt_hash


async def test_replies_that_fail_leave_the_decision_to_the_others(tmp_path: Path) -> None:
    seen = await told(tmp_path, Turns(["prose", Fails(404), learnable, perfect]), terms=THREE)
    assert [step.policy for step in seen.decided] == ["chat", "chat"]
    assert seen.notes == []


async def test_where_none_can_be_read_one_goes_back(tmp_path: Path) -> None:
    seen = await told(tmp_path, Turns(["prose", "prose", "prose", perfect]), terms=THREE)
    assert seen.model.requests[3]["messages"][-1]["content"].startswith("That reply cannot be used.")
    assert [step.policy for step in seen.decided] == ["chat", "chat"]


async def test_the_verifier_takes_confidence_away_and_gives_none(tmp_path: Path) -> None:
    """Of three alike the judge doubts two; what it trusts more than itself stays as sure as it was."""
    verdicts = '{"confidences": [0.1, 1.0, 0.2]}'
    seen = await told(tmp_path, Turns([perfect, perfect, perfect, verdicts, perfect]), terms=JUDGED)
    said = json.loads(seen.calls[0].reply)["confidence"]
    assert seen.decided[0].decision.confidence == said < 1.0
    one = replace(TERMS, verifying=True)
    lone = await told(tmp_path / "one", Turns([perfect, '{"confidences": [0.1]}', perfect]), terms=one)
    assert lone.decided[0].decision.confidence == 0.1


async def test_a_verifier_that_fails_leaves_it_at_agreement(tmp_path: Path) -> None:
    for verdict in ("no JSON", '{"confidences": [0.5]}', Fails(404)):
        turns = Turns([perfect, perfect, perfect, verdict, perfect])
        seen = await told(tmp_path / str(id(verdict)), turns, terms=JUDGED)
        assert isinstance(seen.decided[0].decision, Propose)
        assert seen.decided[0].policy == "chat"


def test_calls_that_stand_alone_are_no_group() -> None:
    assert groups_of([call("a"), call("b")]) == ()
