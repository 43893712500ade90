"""Read behaviour files; a mistake is reported with file, line and field."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from domain.errors import BadInput
from lab.cluster.behaviour import Behaviours

PUBLIC_IMAGES = Path(__file__).parent / "data" / "images.yaml"
"""What well-known public images do."""


class BadBehaviour(BadInput):
    """A behaviour file cannot be used; the message is `FILE:LINE: FIELD: what is wrong`."""


def parse(text: str, where: str = "behaviours") -> Behaviours:
    """Parse the text of a behaviour file; `where` names it in errors. Raises `BadBehaviour`."""
    try:
        raw = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise BadBehaviour(f"{where}:{line}: no YAML: {getattr(error, 'problem', None) or error}") from error
    try:
        return Behaviours.model_validate({} if raw is None else raw)
    except ValidationError as error:
        first = error.errors()[0]
        path = first["loc"]
        field = ".".join(str(step) for step in path) or "file"
        raise BadBehaviour(f"{where}:{_line(text, path)}: {field}: {first['msg']}") from error


def load(*paths: Path) -> Behaviours:
    """The public images, then these files; later ones override. Raises `BadBehaviour`."""
    found = Behaviours()
    for path in (PUBLIC_IMAGES, *paths):
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise BadBehaviour(f"{path}:1: file: cannot be read ({error.strerror})") from error
        found = found.joined(parse(text, str(path)))
    return found


def _line(text: str, path: tuple[int | str, ...]) -> int:
    """The line of the deepest part of `path` that the document has."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    line = 1 if node is None else node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(step)]
            if not pairs:
                break
            key, node = pairs[0]
            line = key.start_mark.line + 1
            continue
        else:
            break
        line = node.start_mark.line + 1
    return line
