"""The two processes: AIOpsLab's client and AOI."""

import sys
from typing import Any

import pytest

from examples.aiopslab.client import Aoi, solve
from tests.examples.aiopslab.stand_in import Orchestrator


class WithAgent:
    """The orchestrator as the client knows it, with its agent registered."""

    def __init__(self, orchestrator: Orchestrator, agent: Aoi) -> None:
        self.orchestrator, self.agent = orchestrator, agent

    async def start_problem(self, max_steps: int) -> dict[str, Any]:
        return {"steps": await self.orchestrator.start_problem(self.agent, max_steps)}


async def test_states_and_actions_go_between_the_processes() -> None:
    orchestrator, agent = Orchestrator(), Aoi(sys.executable, "noop_detection_shop-1", 1)
    agent.init_context("Service Name: Shop\nNamespace: shop\n", "", {})
    assert await solve(WithAgent(orchestrator, agent), agent, 1) == {"steps": 1}
    assert orchestrator.solution == "No"


async def test_what_aoi_cannot_do_is_the_error_of_the_problem() -> None:
    agent = Aoi(sys.executable, "some-detection-1", 5)
    agent.init_context("No such line.", "", {})
    with pytest.raises(RuntimeError, match="Namespace: NAME"):
        await agent.get_action("Please take the next action")
    await agent.close()
