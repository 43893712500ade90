"""Strict rendering: what a prompt uses and what the code gives it are compared when it is loaded."""

import re
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
_VARIABLE = re.compile(r"\{\{ ?(\w+) ?\}\}")


class PromptMistake(ValueError):
    """A prompt and the code that uses it do not fit; a mistake of ours, found at the start."""


@dataclass(frozen=True)
class Prompt:
    """A Markdown text with `{{ variables }}`."""

    name: str
    text: str
    variables: Set[str]

    def render(self, **values: str) -> str:
        """The text with the values in place; a value is not searched for variables.

        Raises:
            PromptMistake: a value is missing or is not used.
        """
        if values.keys() != self.variables:
            odd = ", ".join(sorted(values.keys() ^ self.variables))
            raise PromptMistake(f"The prompt {self.name} and its values differ in: {odd}.")
        return _VARIABLE.sub(lambda match: values[match[1]], self.text)


def load_prompt(name: str, *variables: str) -> Prompt:
    """The file `name`.md, which uses exactly these variables.

    Raises:
        PromptMistake: it uses one that is not named here, or does not use one that is.
    """
    return checked(name, (_FOLDER / f"{name}.md").read_text(encoding="utf-8"), frozenset(variables))


def checked(name: str, text: str, variables: Set[str]) -> Prompt:
    """A prompt whose text uses exactly these variables; raises PromptMistake."""
    used = set(_VARIABLE.findall(text))
    if used != variables:
        odd = ", ".join(sorted(used ^ variables))
        raise PromptMistake(f"The prompt {name} uses other variables than it is given: {odd}.")
    if "{{" in _VARIABLE.sub("", text):
        raise PromptMistake(f"The prompt {name} holds an opening brace pair that begins no variable.")
    return Prompt(name, text.strip() + "\n", frozenset(variables))
