"""The schema that editors read is the models', and every built-in file keeps to it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from lab.schema import build
from lab.suite import SCENARIOS

FILES = sorted(SCENARIOS.glob("*/*.yaml"))
SCHEMA = json.loads(build.TARGET.read_text("utf-8"))


def mistakes(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_file_is_what_the_models_say() -> None:
    assert build.TARGET.read_text("utf-8") == build.text(), "run `make schema`"
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def test_a_built_in_file_keeps_to_the_schema(path: Path) -> None:
    assert mistakes(yaml.safe_load(path.read_text("utf-8"))) == []


def test_editors_are_told_what_a_field_means() -> None:
    properties = SCHEMA["properties"]
    assert "Seconds from the incident's start to the question" in properties["ask_after"]["description"]
    assert properties["variants"]["items"]["additionalProperties"] == {"type": ["string", "integer"]}


GOOD: dict[str, Any] = {"name": "calm", "title": "Nothing", "app": "shop", "truth": {"anomaly": False}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, None),
        ({"name": "calm-${service}", "watch": "${seconds}", "ask": ["${ask}"]}, None),
        ({"variants": [{"service": "cart", "seconds": 7}]}, None),
        ({"variants": []}, "[] should be non-empty"),
        ({"qestion": "Is it well?"}, "'qestion' was unexpected"),
        ({"name": "Not A Name"}, "is not valid under any of the given schemas"),
        ({"watch": 0}, "is not valid under any of the given schemas"),
        (
            {"behaviours": {"behaviours": [{"image": "a:*", "http": {"/ready": 200, "/buy": {"needs": ["a"]}}}]}},
            None,
        ),
        ({"noise": [{"op": "restart", "at": -5, "target": "Deployment/cart"}]}, None),
        ({"noise": [{"op": "dance"}]}, "is not valid under any of the given schemas"),
    ],
)
def test_the_schema_takes_and_refuses_what_the_reader_does(change: dict[str, Any], says: str | None) -> None:
    found = mistakes(GOOD | change)
    assert found == [] if says is None else any(says in mistake for mistake in found)
