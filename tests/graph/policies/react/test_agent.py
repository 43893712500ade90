"""The plain baseline: a thought, a command, its output, again; and an answer that is read strictly."""

import json
from dataclasses import dataclass, field

import pytest

from domain.cluster import Ref
from domain.diagnosis import Cause, Diagnosis
from domain.errors import ModelRefused
from graph.policies.react.agent import MOST_OUTPUT, ReactAgent
from tests.graph.model.clients import bench, incident
from tests.graph.model.server import Fails, Line, Says, ScriptedModel

LOOK = "I look first.\n```sh\nkubectl get pods -n shop\n```\n"
ANSWER = {
    "anomaly": True,
    "components": ["Deployment checkout"],
    "cause": "zero-replicas",
    "root_cause": "It was scaled to zero.",
    "resolved": False,
}


def answered(answer: object = ANSWER) -> str:
    return f"I know it.\n```json\n{json.dumps(answer)}\n```"


@dataclass
class Echo:
    """A shell that remembers its commands."""

    output: str = "No resources found."
    commands: list[str] = field(default_factory=list)

    async def run(self, command: str) -> str:
        self.commands.append(command)
        return self.output


async def talked(*lines: Line, shell: Echo | None = None) -> tuple[Diagnosis | None, Echo, ScriptedModel]:
    shell = shell or Echo()
    async with bench(*lines) as it:
        found = await ReactAgent(it.client, shell, repairing=False).run(incident(), "shop")
        return found, shell, it.model


async def test_commands_are_run_until_there_is_an_answer() -> None:
    found, shell, model = await talked(LOOK, answered())
    assert found is not None
    assert (found.cause, found.components) == (
        Cause.ZERO_REPLICAS,
        (Ref(kind="Deployment", name="checkout", namespace="shop"),),
    )
    assert shell.commands == ["kubectl get pods -n shop"]
    assert [message["role"] for message in model.requests[1]["messages"][1:]] == ["user", "assistant", "user"]
    assert model.requests[1]["messages"][-1]["content"] == "No resources found."


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("It is DNS.", "Write exactly one fenced block, sh or json."),
        (LOOK + LOOK, "Write exactly one fenced block, sh or json."),
        (Says(LOOK, finish="length"), "Your reply was cut at its longest; be shorter."),
        ("```json\n{\n```", "The reply is not one JSON object and nothing else, at character 2 of 2."),
        (answered({"anomaly": True}), "The reply has another form than asked for: root_cause: Field required"),
    ],
)
async def test_a_reply_without_meaning_is_told_so_and_runs_nothing(bad: Line, told: str) -> None:
    found, shell, model = await talked(bad, answered())
    assert found is not None
    assert shell.commands == []
    assert model.requests[1]["messages"][-1]["content"].startswith(told)


async def test_raw_output_is_shown_raw_and_cut_in_its_middle() -> None:
    _, _, model = await talked(LOOK, answered(), shell=Echo("a" * MOST_OUTPUT + "z" * MOST_OUTPUT))
    shown = model.requests[1]["messages"][-1]["content"]
    assert shown.startswith("aaa")
    assert shown.endswith("zzz")
    assert f"… {MOST_OUTPUT} characters left out …" in shown
    assert len(shown) < MOST_OUTPUT + 100


async def test_the_budget_of_steps_ends_it() -> None:
    found, shell, _ = await talked(LOOK)
    assert found is None
    assert len(shell.commands) == incident().budget.steps


async def test_nothing_stands_in_for_a_model_that_fails() -> None:
    with pytest.raises(ModelRefused):
        await talked(Fails(404))
