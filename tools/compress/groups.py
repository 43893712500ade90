"""What lines are gathered in."""

from dataclasses import dataclass, field

from tools.compress.levels import Level
from tools.compress.statuses import Place, Spots, has_reason
from tools.compress.words import Template


@dataclass(slots=True, eq=False)
class Group:
    """Lines of one template. When it was joined with others, `into` leads to where its lines are counted."""

    template: Template
    first: str
    first_at: int
    last: str
    last_at: int
    count: int = 1
    into: "Group | None" = None

    def root(self) -> "Group":
        """The group that it has become part of, or itself."""
        group = self
        while group.into is not None:
            group = group.into
        return group


@dataclass(slots=True)
class Sketched:
    """What is known of the lines of one sketch, or of one pattern of sketches."""

    level: Level | None
    spots: Spots
    """Where they can have a status code."""
    bare: bool
    """Whether they are nothing but digits, without which they look like blank ones."""
    cue: str = ""
    """What stood before the status of the newest line that had one."""
    by: dict[tuple[Level, str], Group] = field(default_factory=dict)
    """The groups by level and status."""
    only: Group | None = None
    """The one group of lines without a status, when the line before makes no difference."""

    def settle(self, group: Group, status: str) -> None:
        """Make it the only group, where its lines can have no other unless they have a status with its reason."""
        if not status and self.spots.place is not Place.STATED and not self.bare:
            self.only = group

    def sure(self, line: str) -> Group | None:
        """The group of a line of this sketch, where that needs no closer look."""
        if self.only is None or (self.spots.place is Place.BEFORE_REASON and has_reason(line)):
            return None
        if self.only.into is not None:
            self.only = self.only.root()
        return self.only


def joined(template: Template, groups: list[Group]) -> Group:
    """A group of all their lines, into which they lead from now on."""
    first = min(groups, key=lambda group: group.first_at)
    last = max(groups, key=lambda group: group.last_at)
    total = sum(group.count for group in groups)
    out = Group(template, first.first, first.first_at, last.last, last.last_at, total)
    for group in groups:
        group.into = out
    return out
