"""From a mention to a verified repair, with everything people do on the way."""

import pytest

from domain.execution import Effect
from domain.incident import Status
from tests.scenarios.scene import Scene
from tests.scenarios.world import GOOD

pytestmark = pytest.mark.usefixtures("ill")
QUESTION = "Customers cannot pay. checkout in namespace shop is down, please have a look."


async def test_mention_to_verified_repair_and_thumb(scene: Scene) -> None:
    async with scene.bot():
        thread = await scene.ada.mention(QUESTION)
        card = await scene.said("Approve", thread)
        await scene.ben.click(card, "Approve")
        run = await scene.ended(thread)
        assert run.incident.status is Status.RESOLVED
        for m in await scene.ada.messages(thread): print('-----', m.words)
        assert [e.effect for e in run.executions.values()] == [Effect.DONE]
        assert scene.world.effects() == ["patch deployments.apps shop/checkout"]
        assert scene.world.image() == GOOD
