from pathlib import Path

import pytest

from tests.tools.read.canned import Canned, StoppedClock, objects
from tools.read.service import Probes

LOGS = {
    ("web-2-a", "app", False): "starting\npassword=hunter2\nFATAL cannot read config: no mode\n",
    ("web-2-a", "app", True): "starting\nFATAL cannot read config: no mode\n",
    ("cart-a", "app", False): "\n".join(
        [f'INFO GET /cart/{i} HTTP/1.1" 200 {i}ms' for i in range(30)] + ["ERROR redis: connection refused"]
    ),
}


@pytest.fixture
def shop() -> Canned:
    """The shop in trouble."""
    return Canned(objects((Path(__file__).parent / "shop.yaml").read_text()), LOGS)


@pytest.fixture
def probes(shop: Canned) -> Probes:
    """The probes over it."""
    return Probes(shop.reader(), StoppedClock(), timeout=0.5)
