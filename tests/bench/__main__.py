"""`python -m tests.bench`: the bot's bench, as a table and as build/bench/serve.json."""

import asyncio
import tempfile
from pathlib import Path

from tests.bench.house import open_house
from tests.bench.report import publish
from tests.bench.serve import serve, starts


async def main() -> None:
    """Run everything once; some minutes."""
    with tempfile.TemporaryDirectory(prefix="aoi-bench-") as name:
        folder = Path(name)
        async with open_house(folder) as house:
            measures = [*await starts(house, folder), *await serve(house, folder)]
    publish("serve", measures)


if __name__ == "__main__":
    asyncio.run(main())
