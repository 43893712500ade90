"""Parts of a log: whoever asks for less of it gets the same lines."""

import pytest

from lab.cluster.ports import LogLine
from tests.lab.cluster.small import Small, deployment, service

CALLER = """
behaviours:
  - image: "lab/caller:*"
    ports: [8080]
    log:
      start: ["hello\\nfrom {pod}"]
      every:
        - {seconds: 7, lines: ["GET / {ms}ms", "GET /cart {n}\\n  in {ms}ms"]}
        - {seconds: 5, lines: ["tick at {time}"]}
    calls: [{name: db, address: "db:6379", every_seconds: 9, recovered: "db is back"}]
"""


@pytest.fixture(scope="module")
def small() -> Small:
    """A program that writes several lines at a time, and whose database is there for some minutes only."""
    small = Small(behaviours=CALLER)
    small.after(200, deployment("web", "lab/caller:1", port=8080))
    small.after(200, deployment("db", "redis:7", port=6379), service("db", port=6379))
    small.delete("Service", "db")
    return small.after(203)


def read(small: Small, newest: int | None = None, since: float = float("-inf")) -> list[LogLine]:
    return small.world.logs(small.pod("web"), "main", False, newest, since)


def test_the_log_has_lines_of_every_kind(small: Small) -> None:
    texts = [line.text for line in read(small)]
    assert texts[0] == "hello"
    for words in ("GET /cart", "  in ", "tick at 2026-01-05T09:", "no such host", "db is back"):
        assert any(words in text for text in texts), words
    assert [line.at for line in read(small)] == sorted(line.at for line in read(small))


@pytest.mark.parametrize("newest", [0, 1, 2, 3, 10, 57, 10_000])
def test_the_newest_lines_are_the_end_of_the_whole(small: Small, newest: int) -> None:
    whole = read(small)
    assert read(small, newest) == whole[max(0, len(whole) - newest) :]


@pytest.mark.parametrize("seconds", [0, 1, 33, 250, 10_000])
def test_lines_since_a_time_are_those_of_the_whole(small: Small, seconds: float) -> None:
    since = small.clock.now() - seconds
    wanted = [line for line in read(small) if line.at >= since]
    assert read(small, None, since) == wanted
    assert read(small, 4, since) == wanted[-4:]
