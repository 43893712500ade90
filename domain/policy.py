"""The approver policy: one readable file that says who may let AOI write what, where and when.

The first rule that matches decides. A write that no rule matches is refused.
"""

from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from domain.actions import Action, Risk
from domain.base import Value
from domain.terms import ANYONE, GROUP, PERSON_AT_TERMINAL, TERMINAL, USER, Mode, Undoing

MOST_MINUTES = 1440


def action_names() -> tuple[str, ...]:
    """The names of all actions."""
    union = get_args(Action)[0]
    return tuple(get_args(member.model_fields["action"].annotation)[0] for member in get_args(union))


def _action(value: str) -> str:
    if value not in action_names():
        raise ValueError(f"`{value}` is no action of AOI; write one of {', '.join(action_names())}")
    return value


def _approver(value: str) -> str:
    if value != ANYONE and not any(p.fullmatch(value) for p in (USER, GROUP, PERSON_AT_TERMINAL)):
        raise ValueError(f"`{value}` is nobody's id; write a user id (U…), a user group id (S…) or terminal:NAME")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f"`{value}` is no time zone; write a name such as Europe/Berlin or UTC")
    return value


def _clock_time(value: Any) -> Any:
    """YAML reads 17:00 without quotes as a number to the base of sixty."""
    if not isinstance(value, str | time):
        raise ValueError('a time of day is text; write it in quotes, such as "17:00"')
    return value


def _local_time(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as e:
            raise ValueError(f"`{value}` is no date; write it as 2026-12-24 or 2026-12-24 18:00") from e
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise ValueError("a date here has no zone of its own; leave it out and set `zone`")
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
ActionName = Annotated[str, AfterValidator(_action)]
Approver = Annotated[str, AfterValidator(_approver)]
Zone = Annotated[str, AfterValidator(_zone)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
LocalTime = Annotated[datetime, BeforeValidator(_local_time)]
Glob = Annotated[str, StringConstraints(pattern=r"^[a-z0-9*?\[\]!-]{1,63}$")]
"""A namespace, or a pattern of several: `shop`, `pay-*`."""
Share = Annotated[float, Field(gt=0, le=1)]


class Day(StrEnum):
    """A day of the week, in the order of `datetime.weekday()`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class When(Value):
    """What a rule is about; a line that is left out matches everything."""

    actions: tuple[ActionName, ...] = ()
    risks: tuple[Risk, ...] = ()
    kinds: tuple[str, ...] = ()
    """Kinds of the object that is written: `Deployment`, `Node`."""
    namespaces: tuple[Glob, ...] = ()
    """An object without a namespace, such as a Node, matches no pattern."""
    environments: tuple[str, ...] = ()


class Window(Value):
    """Hours in which a write may happen; one that ends before it begins goes on into the next day."""

    days: Annotated[tuple[Day, ...], Field(min_length=1)] = tuple(Day)
    from_: Annotated[ClockTime, Field(alias="from")]
    until: ClockTime
    zone: Zone


class Limits(Value):
    """How much at once, whoever approves."""

    writes_an_hour: Annotated[int, Field(ge=0)] | None = None
    """Writes by this rule in any sixty minutes."""
    replicas_a_step: Annotated[int, Field(ge=1)] | None = None
    """Replicas that one action may add or remove."""
    share_of_pods: Share | None = None
    """Share of a workload's pods that one action may touch."""


class BreakGlass(Value):
    """Who may approve alone, at any time, with a reason, in an emergency."""

    approvers: Annotated[tuple[Approver, ...], Field(min_length=1)]


class Rule(Value):
    """One rule."""

    name: Name
    when: When = When()
    do: Mode = Mode.APPROVE
    approvers: tuple[Approver, ...] = ()
    need: Annotated[int, Field(ge=1, le=10)] = 1
    self_approval: bool = False
    expires_minutes: Annotated[float, Field(gt=0, le=MOST_MINUTES)] | None = None
    """`None` for AOI_PROPOSAL_MINUTES."""
    windows: tuple[Window, ...] = ()
    """Any of them; none means at all times."""
    limits: Limits = Limits()
    undo: Undoing = Undoing.ASK
    """Whether a change that did not help is taken back at once."""
    break_glass: BreakGlass | None = None


class Freeze(Value):
    """A time in which nothing is written, unless somebody breaks the glass."""

    name: Name
    from_: Annotated[LocalTime, Field(alias="from")]
    until: LocalTime
    zone: Zone
    namespaces: tuple[Glob, ...] = ()
    environments: tuple[str, ...] = ()
    """Both empty for everywhere."""
    except_: Annotated[tuple[ActionName, ...], Field(alias="except")] = ()
    """Actions that go on, such as undo."""

    @model_validator(mode="after")
    def _runs_forward(self) -> "Freeze":
        if self.until <= self.from_:
            raise ValueError("this freeze ends before it begins; set `until` to a later time than `from`")
        return self

    @property
    def begins(self) -> datetime:
        """With its zone."""
        return self.from_.replace(tzinfo=ZoneInfo(self.zone))

    @property
    def ends(self) -> datetime:
        """With its zone."""
        return self.until.replace(tzinfo=ZoneInfo(self.zone))


class Protected(Value):
    """What AOI never writes, whoever approves or breaks the glass."""

    namespaces: tuple[Glob, ...] = ()
    kinds: tuple[str, ...] = ()


class Learning(Value):
    """Who may have AOI trained, promote or discard what came of it, and change its lessons."""

    approvers: Annotated[tuple[Approver, ...], Field(min_length=1)]


class WritePolicy(Value):
    """The whole file."""

    environments: dict[str, tuple[Glob, ...]] = {}
    """Namespaces of each environment; the first that fits counts."""
    protected: Protected = Protected()
    freezes: tuple[Freeze, ...] = ()
    rules: tuple[Rule, ...] = ()
    """In the order in which they are tried."""
    learning: Learning | None = None
    """`None` for whoever may approve anything."""

    @property
    def teachers(self) -> tuple[str, ...]:
        """Who may have AOI trained, and change what it learned."""
        return self.learning.approvers if self.learning is not None else self.approvers

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everybody whom a rule names."""
        return tuple(dict.fromkeys(entry for rule in self.rules for entry in rule.approvers))


def built_in(
    approvers: tuple[str, ...], *, self_approval: bool = False, high_risk: tuple[str, ...] = ()
) -> WritePolicy:
    """The policy where no file is given: these people, one approval, of high risk never by who asked for it.

    `high_risk` are those who approve what is of high risk; empty for the same people. Without anybody named, only
    who sits at a terminal with AOI's own credentials may approve.
    """
    risky = Rule(name="high risk", when=When(risks=(Risk.HIGH,)), approvers=(*(high_risk or approvers), TERMINAL))
    rest = Rule(name="any write", approvers=(*approvers, TERMINAL), self_approval=self_approval)
    return WritePolicy(rules=(risky, rest))
