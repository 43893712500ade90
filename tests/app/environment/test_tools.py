"""What a trainer finds on the environment: its public methods, as it turns them into tool schemas."""

import importlib.util
import inspect
import re
from typing import Any, get_type_hints

import pytest

from app.environment.incident import IncidentEnvironment
from domain import actions, probes

NO_TOOLS = {"reset", "get_reward"}


def tools() -> dict[str, Any]:
    """TRL 1.16 takes every public method of an instance but these two."""
    members = inspect.getmembers(IncidentEnvironment(), predicate=inspect.ismethod)
    return {name: member for name, member in members if not name.startswith("_") and name not in NO_TOOLS}


def schema(tool: Any) -> dict[str, Any]:
    """The schema by transformers' own function where it is there; else by the same reading of the docstring."""
    if importlib.util.find_spec("transformers"):
        from transformers.utils import get_json_schema

        found: dict[str, Any] = get_json_schema(tool)["function"]
        return found
    head, _, arguments = inspect.cleandoc(tool.__doc__).partition("\nArgs:\n")
    described = dict(re.findall(r"^\s+(\w+): (.+)$", arguments, re.M))
    hints = {name: hint for name, hint in get_type_hints(tool).items() if name != "return"}
    assert set(described) == set(hints), f"{tool.__name__} describes {sorted(described)}, takes {sorted(hints)}"
    properties = {name: {"description": text} for name, text in described.items()}
    return {"name": tool.__name__, "description": head.strip(), "parameters": {"properties": properties}}


@pytest.mark.parametrize("name", sorted(tools()))
def test_every_tool_has_a_schema_with_all_its_arguments(name: str) -> None:
    tool = tools()[name]
    made = schema(tool)
    assert made["description"]
    assert set(made["parameters"]["properties"]) == set(inspect.signature(tool).parameters)
    assert get_type_hints(tool)["return"] is str


def test_the_tools_are_the_product_s_own_probes_and_actions() -> None:
    """A probe or an action that is not offered here is left out on purpose, and named."""
    known_probes = {call.model_fields["probe"].default for call in probes.ProbeCall.__args__[0].__args__}
    known_actions = {act.model_fields["action"].default for act in actions.Action.__args__[0].__args__}
    offered = set(tools())
    assert known_probes - offered == {"snapshot", "log_query"}, "the first look; the same lines as search_logs"
    assert known_actions - offered == LEFT_OUT, (
        "make it a tool in app/environment/*_writes.py, or leave it out here"
    )
    assert offered - known_probes - known_actions == {"conclude"}


LEFT_OUT = {"cordon", "undo"}
"""No incident is repaired by these alone."""
