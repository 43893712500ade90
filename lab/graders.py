"""The ways of judging by name: strict, or as AIOpsLab does."""

from collections.abc import Mapping
from typing import Final

from domain.errors import BadInput
from lab import grade, published
from lab.grade import Grader

STRICT: Final = "strict"
GRADERS: Final[Mapping[str, Grader]] = {STRICT: grade.grade, "aiopslab": published.grade}


def grader_of(name: str) -> Grader:
    """Raises BadInput for a name that no grader has."""
    if name not in GRADERS:
        raise BadInput(f"There is no grader {name!r}; write one of {', '.join(GRADERS)}.")
    return GRADERS[name]
