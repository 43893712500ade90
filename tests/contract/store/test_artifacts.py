"""Artifacts: once for each content."""

from domain.evidence import Artifact
from store.build import Store
from tests.contract.store.values import NOW, SOON


async def test_equal_outputs_are_stored_once(store: Store) -> None:
    first = Artifact.of("logs shop/cart", "line\x00\nline 🙂", NOW)
    again = Artifact.of("logs shop/cart -p", "line\x00\nline 🙂", SOON)
    other = Artifact.of("events shop", "nothing", NOW)
    await store.artifacts.put([first])
    await store.artifacts.put([again, other, other])
    assert await store.artifacts.get(first.id) == first
    assert await store.artifacts.get(other.id) == other


async def test_none_put_and_none_found(store: Store) -> None:
    await store.artifacts.put([])
    assert await store.artifacts.get("0" * 64) is None
