"""AOI's side: one problem, spoken over stdin and stdout, a JSON object a line.

In: `{"problem", "description", "max_steps"}`, then `{"state"}` for each observation. Out: `{"action"}` for each
state, or `{"error"}` and the end.
"""

import asyncio
import json
import sys

from domain.errors import AoiError
from examples.aiopslab.agent import AoiAgent


async def converse() -> None:
    """Answer states until the input ends."""
    start = json.loads(await asyncio.to_thread(sys.stdin.readline))
    async with AoiAgent(start["problem"], start["description"], start["max_steps"]) as agent:
        while line := await asyncio.to_thread(sys.stdin.readline):
            _say(action=await agent.get_action(json.loads(line)["state"]))


def _say(**words: str) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        asyncio.run(converse())
    except (AoiError, ValueError) as error:
        _say(error=str(error))
        sys.exit(1)
