"""A namespace in good health, with old scars, gives no analyzer a reason to speak."""

import pytest

from tests.tools.analyzers.build import healthy
from tools.analyzers.catalogue import ANALYZERS
from tools.analyzers.suspicion import Analyzer


@pytest.mark.parametrize("analyze", ANALYZERS, ids=lambda a: f"{a.__module__.rsplit('.', 1)[-1]}.{a.__name__}")
def test_silent_in_good_health(analyze: Analyzer) -> None:
    assert healthy().run(analyze) == []


def test_at_least_twenty_distinct_analyzers() -> None:
    assert len(set(ANALYZERS)) == len(ANALYZERS) >= 20
