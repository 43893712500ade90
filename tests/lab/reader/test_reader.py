"""What the readers make of a case, from its words."""

import json
import random
from typing import Any

import pytest

from lab.reader.case import Case
from lab.reader.noisy import MALFORMED, MISTAKEN, Noisy
from lab.reader.perfect import perfect
from lab.reader.raw import raw
from lab.reader.server import CAREFUL, PERFECT, RAW, noisy_name, reply_of

REPAIR = '  repair: target Deployment shop/checkout, do {"action":"scale","replicas":2}'
SUSPICION = (
    '- zero-replicas at Deployment shop/checkout, confidence 0.9 (Virtualization, Operation Error): "None." [f-1]'
)
OTHER = '- image-pull at Deployment shop/web, confidence 0.7 (Virtualization, Misconfiguration): "A [b] c." []'
HELD = "- zero-replicas at Deployment shop/checkout, confidence 0.9 (Virtualization, Operation Error)"
PROPOSED = '- Proposed for Deployment shop/checkout: {"action":"scale","replicas":2}'
RESOLVED = "- Watched 30 s after it: resolved. It is gone."
WORSE = "- Watched 30 s after it: worse. It grew."
UNDO = 'The change to Deployment shop/checkout can be taken back: do {"action":"undo"}.'
OPEN = "Possible now: probe (at most 6 calls), propose, conclude."
CLOSED = "Possible now: conclude."


def case(*lines: str) -> str:
    return "\n".join(("Namespaces: shop", *lines))


def said(*lines: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(perfect(case(*lines)))
    return found


def test_it_proposes_the_best_repair_that_was_not_tried() -> None:
    found = said(SUSPICION, REPAIR, OTHER, OPEN)
    assert (found["action"], found["target"]) == ("propose", "Deployment shop/checkout")
    assert found["instruction"]["do"] == {"action": "scale", "replicas": 2}
    assert found["cites"] == ["f-1"]
    assert said(SUSPICION, REPAIR, PROPOSED, OPEN)["action"] == "conclude"


def test_it_answers_with_the_level_and_the_kind_that_the_case_tells() -> None:
    answer = said(SUSPICION, REPAIR, OTHER, CLOSED)["instruction"]
    assert (answer["cause"], answer["system_level"], answer["fault_type"]) == (
        "zero-replicas", "Virtualization", "Operation Error",
    )  # fmt: skip
    assert answer["components"] == ["Deployment shop/checkout", "Deployment shop/web"]


def test_after_a_repair_that_helped_it_names_what_it_treated() -> None:
    answer = said("none", HELD, PROPOSED, RESOLVED, OPEN)["instruction"]
    assert (answer["resolved"], answer["components"]) == (True, ["Deployment shop/checkout"])


def test_it_takes_back_what_made_things_worse() -> None:
    found = said(
        SUSPICION,
        REPAIR,
        HELD,
        PROPOSED,
        WORSE,
        f"{OPEN} {UNDO} It did not help: take it back before another change or the end.",
    )
    assert found["instruction"]["do"] == {"action": "undo"}


def test_it_probes_once_where_it_is_unsure() -> None:
    unsure = SUSPICION.replace("0.9", "0.5")
    left = f"{OPEN} Left: 24 decisions, 60 probes, 4 proposals."
    assert said(unsure, REPAIR, left)["action"] == "probe"
    assert said(unsure, REPAIR, "- Probe events: ok. Two.", left)["action"] == "propose"


def test_nothing_suspicious_is_nothing_wrong() -> None:
    assert said("none", OPEN)["instruction"]["anomaly"] is False


def test_the_same_seed_errs_alike_and_none_and_all_are_the_ends() -> None:
    text = case(SUSPICION, REPAIR, OPEN)
    replies = [Noisy(0.5, 1).reply(text, f"{text}{n}") for n in range(200)]
    assert replies == [Noisy(0.5, 1).reply(text, f"{text}{n}") for n in range(200)]
    wrong = sum(reply != perfect(text) for reply in replies)
    assert 70 < wrong < 130
    assert Noisy(0.0, 1).reply(text, text) == perfect(text)


@pytest.mark.parametrize("error", [*MALFORMED, *MISTAKEN])
def test_every_error_is_one(error: Any) -> None:
    text = case(SUSPICION, REPAIR, OTHER, OPEN)
    good = perfect(text)
    assert any(error(Case(text), good, random.Random(n)) != good for n in range(5))


def test_the_raw_reader_reads_everything_and_then_answers() -> None:
    pods = "NAME READY STATUS RESTARTS\nweb-1   1/1   Running   0\napi-1   0/1   CrashLoopBackOff   7\n"
    turns = ["Is anything wrong in namespace shop?"]
    commands = []
    while "```sh" in (reply := raw(turns)):
        commands.append(reply.split("\n")[2])
        turns.append(pods)
    assert commands[0] == "kubectl get pods -n shop -o wide"
    assert "kubectl describe events -n shop" in commands
    assert commands[-2:] == ["kubectl logs api-1 -n shop --tail=200", "kubectl logs web-1 -n shop --tail=200"]
    assert "```json" in reply


def test_the_name_of_the_model_chooses_the_reader() -> None:
    turns = [{"role": "system", "content": "rules"}, {"role": "user", "content": case(SUSPICION, REPAIR, OPEN)}]
    assert reply_of(PERFECT, turns) == reply_of(noisy_name(0, 1), turns)
    left = turns[1]["content"] + " Left: 24 decisions, 60 probes, 4 proposals."
    open_ = [turns[0], {"role": "user", "content": left}]
    assert json.loads(reply_of(CAREFUL, open_) or "")["action"] == "probe"
    assert json.loads(reply_of(PERFECT, open_) or "")["action"] == "propose"
    assert "kubectl" in (reply_of(RAW, turns) or "")
    assert reply_of("gpt", turns) is None
