"""What people say, and what it is taken for."""

import pytest

from bot.parse import AskStatus, Help, Investigate, ListIncidents, Problem, parse

ME = "U0AOI"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("<@U0AOI> help", Help()),
        ("<@U0AOI>", Help()),
        ("status", AskStatus()),
        ("Status?", AskStatus()),
        ("incidents", ListIncidents()),
        ("investigate checkout is down", Investigate("checkout is down")),
        ("<@U0AOI> checkout is down", Investigate("checkout is down", explicit=False)),
        ("investigate checkout -n shop", Investigate("checkout", ("shop",))),
        ("investigate checkout --namespace=shop -n pay", Investigate("checkout", ("shop", "pay"))),
        ("investigate 503 in namespace shop", Investigate("503 in namespace shop", ("shop",))),
        ("investigate 503 in the namespace `shop`", Investigate("503 in the namespace `shop`", ("shop",))),
        ("investigate 503 --read-only", Investigate("503", read_only=True)),
        ("investigate 503 —read-only", Investigate("503", read_only=True)),
        ("a &amp; b are <http://x.example|down> &lt;now&gt;", Investigate("a & b are down <now>", explicit=False)),
        (
            "why does `kubectl -n shop get pods` hang",
            Investigate("why does `kubectl get pods` hang", ("shop",), explicit=False),
        ),
    ],
)
def test_words_become_commands(text: str, meant: object) -> None:
    assert parse(text, ME) == meant


@pytest.mark.parametrize(
    ("text", "way_out"),
    [
        ("frobnicate", "I do not know the command `frobnicate`"),
        ("investigate", "What should I look at?"),
        ("investigate -n shop", "What should I look at?"),
        ("investigate x -n Shop_1", "`Shop_1` is not a namespace name"),
        ("investigate x --force", "I do not know the option `--force`"),
    ],
)
def test_what_cannot_be_read_says_the_way_out(text: str, way_out: str) -> None:
    problem = parse(text, ME)
    assert isinstance(problem, Problem)
    assert way_out in problem.words
    assert "investigate" in problem.words or "-n shop" in problem.words


def test_a_message_of_50_000_characters_is_read_by_its_head() -> None:
    asked = parse("investigate " + "checkout fails " * 500, ME, length=50_000)
    assert isinstance(asked, Investigate)
    assert len(asked.question) == 4_000
    assert asked.length == 50_000
