"""YAML files that people write: read strictly, every mistake located and told with its remedy."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from domain.errors import BadInput

LARGEST: Final = 1_000_000
"""Bytes of one file; a scenario is a page or two."""

DEEPEST: Final = 60
"""Levels of nesting; a manifest has about a dozen."""

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """One thing to mend in a file."""

    file: str
    line: int
    """From 1."""
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}; {self.remedy}."


class BadFile(BadInput):
    """A file with mistakes; the message is the first of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        more = f" ({len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        super().__init__(f"{mistakes[0]}{more}")
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True)
class Document:
    """One YAML document with the place of every part."""

    file: str
    data: Any
    node: yaml.Node

    def line(self, location: Location) -> int:
        """The line of a part, or of the nearest part around it. Unknown steps are passed over."""
        node: yaml.Node = self.node
        mark = node.start_mark.line
        for step in location:
            found = _child(node, step)
            if found is not None:
                node, mark = found
        return mark + 1

    def mistake(self, location: Location, what: str, remedy: str) -> Mistake:
        """A mistake at a part of this document."""
        return Mistake(self.file, self.line(location), what, remedy)

    def parse(self, model: type[Model]) -> Model:
        """The document as a model. Raises BadFile with every mistake."""
        if not isinstance(self.data, dict):
            raise BadFile(
                [self.mistake((), f"this is not a {model.__name__.lower()}", "write `key: value` lines")]
            )
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise BadFile(sorted(self._mistakes(error, model), key=lambda m: m.line)) from error

    def _mistakes(self, error: ValidationError, model: type[BaseModel]) -> Iterator[Mistake]:
        details = error.errors(include_url=False)
        told = [(detail, *_told(detail, model)) for detail in details]
        misspelt = {remedy for detail, _, remedy in told if detail["type"] == "extra_forbidden"}
        for detail, what, remedy in told:
            if detail["type"] != "missing" or f"write `{detail['loc'][-1]}`" not in misspelt:
                yield self.mistake(detail["loc"], what, remedy)


def read(path: Path) -> tuple[Document, ...]:
    """The documents of a YAML file, empty ones left out. Raises BadFile."""
    file = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise BadFile([Mistake(file, 1, f"the file is larger than {LARGEST:,} bytes", "split it")])
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadFile([Mistake(file, 1, "the file cannot be read", "check its name and its rights")]) from error
    except UnicodeDecodeError as error:
        raise BadFile([Mistake(file, 1, "the file is not UTF-8 text", "save it as UTF-8 YAML")]) from error
    return parse(text, file)


def parse(text: str, file: str) -> tuple[Document, ...]:
    """The documents of a YAML text, empty ones left out. Raises BadFile."""
    try:
        _refuse_traps(text, file)
        nodes = [node for node in yaml.compose_all(text, yaml.CSafeLoader) if node is not None]
        if twins := [mistake for node in nodes for mistake in _twins(node, file)]:
            raise BadFile(twins)
        documents = tuple(Document(file, _construct(node), node) for node in nodes)
    except yaml.MarkedYAMLError as error:
        line = getattr(error.problem_mark, "line", 0) + 1
        raise BadFile([Mistake(file, line, f"this is not YAML: {error.problem}", "mend the syntax")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise BadFile([Mistake(file, 1, "this is not YAML that can be read", "mend the syntax")]) from error
    return tuple(document for document in documents if document.data is not None)


def read_one(path: Path, model: type[Model]) -> Model:
    """A file of one document as a model. Raises BadFile."""
    documents = read(path)
    if len(documents) != 1:
        what = "the file is empty" if not documents else "the file holds several documents"
        raise BadFile([Mistake(str(path), 1, what, f"write one {model.__name__.lower()} a file")])
    return documents[0].parse(model)


def _construct(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _refuse_traps(text: str, file: str) -> None:
    """Aliases let a small file grow without end, or hold itself; deep nesting overflows whoever reads it."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        line = getattr(event.start_mark, "line", 0) + 1
        if isinstance(event, yaml.AliasEvent):
            what = f"the alias *{event.anchor} is not supported"
            raise BadFile([Mistake(file, line, what, "write the value out")])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BadFile([Mistake(file, line, f"this nests deeper than {DEEPEST} levels", "flatten it")])


def _twins(node: yaml.Node, file: str) -> Iterator[Mistake]:
    """Keys that a mapping has twice, of which YAML would quietly keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen = set[str]()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                yield Mistake(file, key.start_mark.line + 1, f"the key `{key.value}` is there twice", "keep one")
            seen.add(str(key.value))
            yield from _twins(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twins(item, file)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line
    return None


def _told(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong, and what to do, in words for the author of the file."""
    name = next((str(step) for step in reversed(detail["loc"]) if isinstance(step, str)), "this")
    context: Mapping[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(name, _fields(model), 1)
            return f"`{name}` is not a known field here", f"write `{near[0]}`" if near else "remove it"
        case "missing":
            return f"the field `{name}` is missing", "add it"
        case "union_tag_invalid":
            return f"`{context['tag']}` is not known here", f"write one of {context['expected_tags']}"
        case "union_tag_not_found":
            return f"this entry does not say its {context['discriminator']}", f"add {context['discriminator']}"
        case "enum" | "literal_error":
            return f"`{name}` is not a known value", f"write one of {context['expected']}"
        case "value_error":
            what, _, remedy = str(context["error"]).partition("; ")
            return what, remedy or f"correct `{name}`"
        case _:
            said = detail["msg"].removeprefix("Input ").rstrip(".")
            return f"`{name}` is wrong", f"the value {said[0].lower()}{said[1:]}"


def _fields(model: type[BaseModel]) -> list[str]:
    """Every field name of a model and of the models inside it, for `did you mean`."""
    found: dict[str, None] = {}
    for definition in [schema := model.model_json_schema(), *schema.get("$defs", {}).values()]:
        found |= dict.fromkeys(definition.get("properties", {}))
    return list(found)
