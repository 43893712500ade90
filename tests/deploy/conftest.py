"""What tests of the composition root share."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests, neither from the environment nor from a `.env`."""
    for name in list(os.environ):
        if name.upper().startswith("AOI_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
