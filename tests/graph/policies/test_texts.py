"""The playbook's table covers every cause and every action, in words that people can read."""

from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from domain.actions import Action, Change
from domain.cluster import Ref
from domain.diagnosis import Cause
from graph.policies.texts import Texts, load_texts
from tools.redact.service import Redactor

TARGET = Ref(kind="Deployment", name="web", namespace="prod")
ACTIONS: tuple[type[BaseModel], ...] = get_args(get_args(Action)[0])
SAMPLES: dict[str, Any] = {
    "role": "read",
    "replicas": 2,
    "revision": 1,
    "port": 8080,
    "from_labels": {"app": "web"},
    "selector": {"app": "web"},
    "data": {},
    "command": ("serve",),
    "claim": Ref(kind="PersistentVolumeClaim", name="data", namespace="shop"),
    "hard": {"pods": "4"},
    "effect": "NoSchedule",
    "kind": "readinessProbe",
    "change": Change(verb="patch", target=TARGET),
}


@pytest.mark.parametrize("kind", ACTIONS, ids=lambda kind: kind.__name__)
def test_every_action_has_a_sentence(kind: type[Any]) -> None:
    required = {name: SAMPLES.get(name, "x") for name, field in kind.model_fields.items() if field.is_required()}
    action = kind(**required | {"target": TARGET})
    texts = load_texts()
    assert "{" not in texts.does(action)
    assert texts.why(action).endswith(".")
    assert "None" not in texts.does(action)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_row_with_advice(cause: Cause) -> None:
    row = load_texts().causes[cause]
    assert row.advice.endswith(".")
    assert row.called
    said = f"The cause is {row.called}: db-1 is not as it should be. {row.advice}"
    assert Redactor().text(said) == said, "what AOI says of it does not look like a secret"


def test_a_table_without_one_of_the_causes_is_refused() -> None:
    table = load_texts().model_dump()
    del table["causes"][Cause.IMAGE_PULL]
    with pytest.raises(ValidationError, match="image-pull"):
        Texts.model_validate(table)
