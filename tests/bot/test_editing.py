"""Editing an action in a form."""

import pytest

from bot.cards.editing import editable, edited
from domain.actions import PatchProbe, PatchServicePort, Restart, RollBack, Scale, SetImage, SetResources
from domain.errors import BadInput
from tests.bot.shop import CHECKOUT, SERVICE


def test_numbers_texts_and_mappings_are_read() -> None:
    assert edited(Scale(target=CHECKOUT, replicas=2), {"replicas": "5"}) == Scale(target=CHECKOUT, replicas=5)
    memory = SetResources(target=CHECKOUT, container="c", limits={"memory": "1Gi"})
    assert edited(memory, {"limits": "memory=2Gi, cpu=1"}) == SetResources(
        target=CHECKOUT, container="c", limits={"memory": "2Gi", "cpu": "1"}
    )
    port = PatchServicePort(target=SERVICE, port=80, target_port=8080)
    assert edited(port, {"target_port": "http"}).model_dump()["target_port"] == "http"
    assert edited(port, {"target_port": "9090"}).model_dump()["target_port"] == 9090


def test_what_is_left_alone_stays() -> None:
    """local-slack sends null for a field that was not touched, whatever it showed."""
    image = SetImage(target=CHECKOUT, container="c", image="a:1")
    assert edited(image, {"container": None, "image": "a:2"}) == SetImage(
        target=CHECKOUT, container="c", image="a:2"
    )


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"replicas": "many"}, "replicas"),
        ({"replicas": "-1"}, "replicas"),
        ({"replicas": "2"}, "Nothing was changed"),
        ({}, "Nothing was changed"),
    ],
)
def test_a_wrong_answer_names_its_field(answers: dict[str, str | None], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        edited(Scale(target=CHECKOUT, replicas=2), answers)


def test_a_mapping_that_cannot_be_read_says_how_to_write_it() -> None:
    with pytest.raises(BadInput, match="key=value"):
        edited(SetResources(target=CHECKOUT, container="c"), {"limits": "lots"})


def test_the_object_itself_is_never_editable() -> None:
    assert editable(Restart(target=CHECKOUT)) == ()
    assert [f.name for f in editable(RollBack(target=CHECKOUT, revision=3))] == ["revision"]
    kind = next(
        f for f in editable(PatchProbe(target=CHECKOUT, container="c", kind="livenessProbe")) if f.name == "kind"
    )
    assert kind.choices == ("readinessProbe", "livenessProbe", "startupProbe")
    renamed = edited(Scale(target=CHECKOUT, replicas=2), {"replicas": "3", "target": "evil", "action": "cordon"})
    assert renamed == Scale(target=CHECKOUT, replicas=3)
