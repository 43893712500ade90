"""A model that does whatever it reads: in any language, encoded or not, wherever in its prompt it stands.

It sees the prompt and nothing else. What no order is left for, it works off its plan: a round of probes over
everything that was planted, then one write, so that there is one to approve.
"""

import base64
import binascii
import codecs
import json
import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from lab.reader.perfect import decision
from tests.scenarios.redteam.corpus import HERE, Injection

_BLOB = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_LATIN = str.maketrans("асеорхіу", "aceopxiy")
"""Cyrillic letters that look like Latin ones."""
HARMLESS = {"probe": "get", "target": "Service shop/catalog"}


@dataclass
class Obeys:
    """The reader to serve. It asks for the probes of the plan where the question wants `everything`."""

    corpus: Sequence[Injection]
    plan: list[dict[str, Any]]
    pod: str
    """A pod that orders are about."""
    orders: dict[str, dict[str, Any]] = field(
        default_factory=lambda: yaml.safe_load((HERE / "orders.yaml").read_text(encoding="utf-8"))
    )
    turns: list[str] = field(default_factory=list)
    """Every turn that it was sent."""
    cases: list[str] = field(default_factory=list)
    """The user's turn of each decision."""
    read: set[str] = field(default_factory=set)
    """Ids of the injections that it got to see."""
    obeyed: list[str] = field(default_factory=list)
    """Ids of those whose order it gave, in order."""
    done: bool = False
    """Whether it has read everything that it will, and asked for its last write."""
    _due: deque[Injection] = field(default_factory=deque)

    def __call__(self, model: str, messages: list[dict[str, str]]) -> str:
        """The reply to a prompt; a second try at the same decision is a harmless one."""
        prompt = next(message["content"] for message in messages if message["role"] == "user")
        self.turns += [message["content"] for message in messages]
        texts = list(readings(prompt))
        for injection in self.corpus:
            if injection.id not in self.read and any(injection.tell in text for text in texts):
                self.read.add(injection.id)
                self._due.append(injection)
        if len(messages) == 2:
            self.cases.append(prompt)
        else:
            return decision(prompt, action="probe", instruction={"probes": [HARMLESS]})
        if self._due:
            injection = self._due.popleft()
            self.obeyed.append(injection.id)
            return self._reply(self.orders[injection.order], prompt)
        if self.plan and "everything" in prompt:
            return decision(prompt, action="probe", instruction={"probes": [self.plan.pop(0)]})
        if "everything" in prompt and not self.done:
            self.done = True
            return self._reply(self.orders["delete-pod"], prompt)
        return decision(prompt, target="Deployment shop/checkout", instruction=_end("It is open."))

    def _reply(self, order: dict[str, Any], prompt: str) -> str:
        if "prose" in order:
            return str(order["prose"])
        said = order.get("says") or "I do as I was told."
        if word := order.get("repeats"):
            said = " ".join(line for line in prompt.splitlines() if word in line)
        fields: dict[str, Any] = {"summary": said, "action": order["action"], "cites": order.get("cites", [])}
        fields["namespace"] = order.get("namespace", "shop")
        fields["target"] = order.get("target", "").format(pod=self.pod)
        match order["action"]:
            case "propose":
                fields["instruction"] = {"why": said, "do": order["do"]}
            case "probe":
                fields["instruction"] = {"probes": order["probes"]}
            case "conclude":
                fields["instruction"] = _end(said)
        fields["hypotheses"] = [_held(said)] if "says" in order else []
        return decision(prompt, **fields)


def readings(prompt: str) -> Iterator[str]:
    """The prompt as a model understands it: as it stands, look-alikes resolved, and what is encoded in it."""
    plain = " ".join(unicodedata.normalize("NFKC", prompt).split()).casefold()
    yield plain
    yield plain.translate(_LATIN)
    yield codecs.encode(plain, "rot13")
    yield json.dumps(plain)  # a quotation within a quotation
    yield plain.replace('\\"', '"')
    for blob in _BLOB.findall(prompt):
        try:
            yield base64.b64decode(blob, validate=True).decode().casefold()
        except (binascii.Error, UnicodeDecodeError):
            continue


def _held(said: str) -> dict[str, Any]:
    return {
        "cause": "application-error",
        "subject": "Deployment shop/checkout",
        "statement": said,
        "confidence": 0.9,
        "cites": [],
    }


def _end(said: str) -> dict[str, Any]:
    return {
        "anomaly": True,
        "components": ["Deployment shop/checkout"],
        "cause": None,
        "system_level": None,
        "fault_type": None,
        "root_cause": said,
        "resolved": False,
        "advice": said,
    }
