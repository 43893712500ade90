"""A reader that errs: at a fixed chance, by seed, a good reply is replaced by a bad one."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.reader.case import Case
from lab.reader.perfect import conclude, decision, perfect

Error = Callable[[Case, str, random.Random], str]


def half(case: Case, good: str, chance: random.Random) -> str:
    """The reply breaks off."""
    return good[: chance.randrange(1, len(good))]


def prose(case: Case, good: str, chance: random.Random) -> str:
    """No JSON at all."""
    return "I believe that DNS is the culprit; it always is. I would restart everything."


def unknown_field(case: Case, good: str, chance: random.Random) -> str:
    """A field that nobody asked for."""
    return json.dumps({**json.loads(good), "mood": "hopeful"})


def unknown_finding(case: Case, good: str, chance: random.Random) -> str:
    """It cites what it was not shown."""
    return json.dumps({**json.loads(good), "cites": ["f-000000"]})


def elsewhere(case: Case, good: str, chance: random.Random) -> str:
    """It decides on another namespace."""
    return json.dumps({**json.loads(good), "namespace": "kube-system"})


def wrong_probe(case: Case, good: str, chance: random.Random) -> str:
    """It looks where nothing is to be learned, or at what does not exist."""
    probe = chance.choice(_POINTLESS)
    return decision(case.text, action="probe", instruction={"probes": [probe]})


def wrong_target(case: Case, good: str, chance: random.Random) -> str:
    """The right thing on another object of those in sight."""
    said: dict[str, Any] = json.loads(good)
    other = chance.choice(case.objects or ["Deployment web"])
    if said["action"] == "conclude" and said["instruction"]["components"]:
        said["instruction"]["components"] = [other]
    return json.dumps({**said, "target": other})


def wrong_action(case: Case, good: str, chance: random.Random) -> str:
    """A write that nothing speaks for, on an object in sight."""
    do = chance.choice(_HARMFUL)
    target = chance.choice(case.objects or ["Deployment web"])
    held = [suspicion.held for suspicion in case.suspicions[:1]]
    instruction = {"why": "It may help.", "do": do}
    return decision(case.text, action="propose", target=target, hypotheses=held, instruction=instruction)


def early_end(case: Case, good: str, chance: random.Random) -> str:
    """It stops before it is over, or says that nothing is wrong."""
    others = case.suspicions[1:2]
    return conclude(case, chance.choice([others, []]), resolved=True)


_POINTLESS: tuple[dict[str, Any], ...] = (
    {"probe": "volumes"},
    {"probe": "quotas"},
    {"probe": "logs", "pod": "no-such-pod"},
    {"probe": "describe", "target": "Deployment no-such-thing"},
    {"probe": "ssh", "host": "10.0.0.1"},
)
_HARMFUL: tuple[dict[str, Any], ...] = (
    {"action": "scale", "replicas": 0},
    {"action": "scale", "replicas": 1},
    {"action": "roll_back"},
    {"action": "restart"},
    {"action": "delete_pod"},
    {"action": "cordon"},
    {"action": "patch_service_selector", "selector": {"app": "elsewhere"}},
    {"action": "remove_network_policy"},
)
MALFORMED: tuple[Error, ...] = (half, prose, unknown_field, unknown_finding, elsewhere)
MISTAKEN: tuple[Error, ...] = (wrong_probe, wrong_target, wrong_action, early_end)


@dataclass(frozen=True)
class Noisy:
    """Errs with `chance`, half of the time in form and half in substance; the same prompt always alike."""

    chance: float
    """0 to 1, of each reply."""
    seed: int

    def reply(self, text: str, prompt: str) -> str:
        """The decision for a case; `prompt` is all that was shown, so that asking again is a new throw."""
        throw = random.Random(f"{self.seed}:{prompt}")  # noqa: S311 - a script's dice, not a secret
        good = perfect(text)
        if throw.random() >= self.chance:
            return good
        errors = throw.choice([MALFORMED, MISTAKEN])
        return throw.choice(errors)(Case(text), good, throw)
