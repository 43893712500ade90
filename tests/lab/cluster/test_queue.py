"""The work queue: by time, then controller, then key; each key once."""

from lab.cluster.queue import WorkQueue


def drained(queue: WorkQueue, now: float) -> list[tuple[int, tuple[str, ...]]]:
    found = []
    while (due := queue.pop(now)) is not None:
        found.append(due)
    return found


def test_order() -> None:
    queue = WorkQueue()
    for at, controller, key in ((2, 0, "a"), (1, 1, "b"), (1, 0, "c"), (1, 0, "b"), (9, 0, "z")):
        queue.add(at, controller, (key,))
    assert drained(queue, 5) == [(0, ("b",)), (0, ("c",)), (1, ("b",)), (0, ("a",))]
    assert queue.next_due() == 9


def test_a_key_waits_once_for_the_earliest_time() -> None:
    queue = WorkQueue()
    for at in (5, 3, 7):
        queue.add(at, 0, ("a",))
    assert queue.next_due() == 3
    assert drained(queue, 10) == [(0, ("a",))]
    assert queue.next_due() is None
