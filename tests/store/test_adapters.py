"""The registry of adapters: names are for good, files too, and the way back is known."""

import json
from pathlib import Path

import pytest

from domain.adapters import AdapterState
from domain.errors import BadInput, StoreUnavailable
from store.adapters import FileAdapters, check_unchanged
from tests.fakes import START

BASE = "qwen3-14b"


def trained(folder: Path, weights: bytes = b"weights") -> Path:
    """What PEFT leaves: two files, the second for its owner alone."""
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"r": 16}))
    (folder / "adapter_model.safetensors").write_bytes(weights)
    (folder / "adapter_model.safetensors").chmod(0o600)
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> FileAdapters:
    return FileAdapters(tmp_path / "adapters")


def test_an_adapter_is_copied_readable_for_the_model_server_and_kept_on_record(
    registry: FileAdapters, tmp_path: Path
) -> None:
    adapter = registry.register("aoi-observer-v1", trained(tmp_path / "run"), BASE, START)
    assert registry.roster().adapters == (adapter,)
    assert (adapter.state, adapter.rank, registry.roster().active) == (AdapterState.CANDIDATE, 16, None)
    weights = Path(adapter.path) / "adapter_model.safetensors"
    assert weights.read_bytes() == b"weights"
    assert weights.stat().st_mode & 0o044 == 0o044
    check_unchanged(adapter)


def test_a_name_is_used_once_and_has_a_version(registry: FileAdapters, tmp_path: Path) -> None:
    first = registry.register("aoi-observer-v1", trained(tmp_path / "a"), BASE, START)
    other = trained(tmp_path / "b", b"other")
    with pytest.raises(BadInput, match="next version"):
        registry.register("aoi-observer-v1", other, BASE, START)
    check_unchanged(first)
    for name in ("aoi-observer", "../aoi-v1", "AOI-v1", "aoi-v0", BASE):
        with pytest.raises(BadInput):
            registry.register(name, other, BASE, START)
    with pytest.raises(BadInput, match="one of its own"):
        registry.register("base-v1", other, "base-v1", START)


def test_files_that_change_under_a_name_are_found(registry: FileAdapters, tmp_path: Path) -> None:
    adapter = registry.register("aoi-observer-v1", trained(tmp_path / "run"), BASE, START)
    (Path(adapter.path) / "adapter_model.safetensors").write_bytes(b"changed")
    with pytest.raises(BadInput, match="have changed since"):
        check_unchanged(adapter)


def test_a_folder_without_an_adapter_is_refused_in_words(registry: FileAdapters, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no adapter"):
        registry.register("aoi-observer-v1", tmp_path, BASE, START)
    odd = trained(tmp_path / "odd")
    (odd / "adapter_config.json").write_text("[]")
    with pytest.raises(BadInput, match="rank"):
        registry.register("aoi-observer-v1", odd, BASE, START)
    assert registry.roster().adapters == ()


def test_the_way_back_goes_step_by_step_to_the_base_model(registry: FileAdapters, tmp_path: Path) -> None:
    for n in (1, 2):
        registry.register(f"aoi-observer-v{n}", trained(tmp_path / str(n)), BASE, START)
        registry.change(lambda roster, n=n: roster.with_active(f"aoi-observer-v{n}"))  # type: ignore[misc]
    roster = registry.roster()
    assert [adapter.name for adapter in roster.serving] == ["aoi-observer-v2", "aoi-observer-v1"]
    assert [adapter.state for adapter in roster.adapters] == [AdapterState.RETIRED, AdapterState.ACTIVE]
    back = registry.change(lambda roster: roster.rolled_back())
    assert back.active is not None
    assert back.active.name == "aoi-observer-v1"
    assert registry.change(lambda roster: roster.rolled_back()).active is None
    with pytest.raises(BadInput, match="nothing to go back to"):
        registry.change(lambda roster: roster.rolled_back())


def test_a_refused_adapter_keeps_why_and_the_active_one_stays(registry: FileAdapters, tmp_path: Path) -> None:
    for n in (1, 2):
        registry.register(f"aoi-observer-v{n}", trained(tmp_path / str(n)), BASE, START)
    registry.change(lambda roster: roster.with_active("aoi-observer-v1"))
    roster = registry.change(lambda roster: roster.with_refused("aoi-observer-v2", "Too wide."))
    refused = roster.get("aoi-observer-v2")
    assert (refused.state, refused.why) == (AdapterState.REFUSED, "Too wide.")
    assert roster.active == roster.get("aoi-observer-v1")


def test_a_broken_registry_is_said_and_not_overwritten(registry: FileAdapters, tmp_path: Path) -> None:
    registry.folder.mkdir()
    (registry.folder / "roster.json").write_text("{")
    with pytest.raises(StoreUnavailable, match=r"roster\.json cannot be read"):
        registry.register("aoi-observer-v1", trained(tmp_path / "run"), BASE, START)
    assert (registry.folder / "roster.json").read_text() == "{"
