"""What is remembered of objects holds for as long as what it follows from, and no longer."""

import random
from typing import Any

import pytest

from lab.cluster import memo as memo_module
from lab.cluster.clock import VirtualClock
from lab.cluster.memo import Memo
from lab.cluster.ports import Object
from lab.cluster.store import Store
from tests.lab.cluster.quiet import START


def config(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default"}, "data": data}


class Names:
    """The names of all ConfigMaps, by a memo, and how often they were worked out."""

    def __init__(self, *kinds: str) -> None:
        self.store = Store(VirtualClock(START), random.Random(1))
        self.made = 0
        self._memo = Memo[tuple[str, ...]](self.store, *kinds)

    def of(self, obj: Object, about: str = "names") -> tuple[str, ...]:
        return self._memo.of(obj, about, self._make)

    def _make(self) -> tuple[str, ...]:
        self.made += 1
        return tuple(each["metadata"]["name"] for each in self.store.list("ConfigMap"))


def test_an_answer_is_worked_out_once_until_an_object_of_its_kinds_changes() -> None:
    names = Names("ConfigMap", "Secret")
    one = names.store.create("ConfigMap", config("a"))
    assert (names.of(one), names.of(one), names.made) == (("a",), ("a",), 1)
    names.store.create("ConfigMap", config("b"))
    assert names.of(one) == ("a", "b")
    names.store.delete("ConfigMap", "default", "b")
    assert names.of(one) == ("a",)


def test_other_kinds_leave_it_as_it_is() -> None:
    names = Names("ConfigMap")
    one = names.store.create("ConfigMap", config("a"))
    names.of(one)
    names.store.create("Secret", config("b"))
    assert (names.of(one), names.made) == (("a",), 1)


def test_a_change_without_a_version_counts_too() -> None:
    names = Names("Lease")
    one = names.store.create("ConfigMap", config("a"))
    names.store.create("Lease", {"metadata": {"name": "node", "namespace": "default"}, "spec": {}})
    names.of(one)
    names.store.renew("Lease", "default", "node", spec={"renewTime": "now"})
    names.of(one)
    assert names.made == 2
    assert names.store.list("Lease", "default")[0]["spec"] == {"renewTime": "now"}


def test_each_object_and_each_question_has_its_own_answer() -> None:
    names = Names("Secret")
    one = names.store.create("ConfigMap", config("a"))
    other = names.store.create("ConfigMap", config("b"))
    for obj, about in ((one, "names"), (other, "names"), (one, "else"), (one, "names")):
        names.of(obj, about)
    assert names.made == 3


def test_objects_that_are_replaced_again_and_again_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo_module, "MOST", 3)
    names = Names("Secret")
    one = names.store.create("ConfigMap", config("a"))
    names.of(one)
    for value in "wxyz":
        names.of(names.store.update("ConfigMap", config("a", key=value)))
    names.of(one)
    assert names.made == 6


def test_a_list_is_the_reader_s_own() -> None:
    store = Names().store
    store.create("ConfigMap", config("a"))
    store.list("ConfigMap").clear()
    assert [each["metadata"]["name"] for each in store.list("ConfigMap")] == ["a"]
