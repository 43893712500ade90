"""Prompts are strict: what does not fit is found when they are loaded."""

import pytest

from graph.prompts.render import PromptMistake, checked, load_prompt


def test_values_stand_where_the_variables_stood() -> None:
    prompt = checked("greeting", "Hello {{ name }}, and {{name}}.", {"name"})
    assert prompt.render(name="{{ name }}") == "Hello {{ name }}, and {{ name }}.\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [("Hello {{ name }}", set()), ("Hello", {"name"}), ("{{ a }} {{ b }}", {"a", "c"}), ("{{ a }} {{ b", {"a"})],
)
def test_unknown_unused_and_unfinished_variables_are_mistakes(text: str, names: set[str]) -> None:
    with pytest.raises(PromptMistake, match="The prompt greeting"):
        checked("greeting", text, names)


@pytest.mark.parametrize("values", [{}, {"name": "x", "more": "y"}])
def test_missing_and_superfluous_values_are_mistakes(values: dict[str, str]) -> None:
    with pytest.raises(PromptMistake):
        checked("greeting", "Hello {{ name }}", {"name"}).render(**values)


def test_the_files_are_checked_too() -> None:
    with pytest.raises(PromptMistake, match="repair uses other variables than it is given: error, fault"):
        load_prompt("repair", "fault")
