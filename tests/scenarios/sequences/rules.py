"""The approver policies of these tests, and what each means in the plainest words: the reference that is believed.

The reference knows nothing of `domain.judge` or `domain.terms`; it is a table.
"""

from dataclasses import dataclass

from domain.policy import BreakGlass, Freeze, Protected, Rule, WritePolicy
from domain.terms import Mode

ADA, BEN, CHLOE, MALLORY = "U0ADA", "U0BEN", "U0CHLOE", "U0MALLORY"
PEOPLE = (ADA, BEN, CHLOE, MALLORY, "", "nobody")
GROUP = "S0SRE"
MEMBERS = frozenset({BEN, CHLOE})
"""Of the group, as Slack tells when it tells anything."""


@dataclass(frozen=True)
class Means:
    """What a policy lets happen."""

    policy: WritePolicy
    who: frozenset[str] = frozenset()
    """Whose yes counts."""
    need: int = 1
    glass: frozenset[str] = frozenset()
    """Who may approve alone with a reason, whatever the time."""
    open: bool = True
    """Whether an ordinary yes carries a write at all."""


def _one(**more: object) -> WritePolicy:
    return WritePolicy(rules=(Rule.model_validate({"name": "any", "approvers": (ADA, BEN)} | more),))


_FREEZE = Freeze.model_validate({"name": "freeze", "from": "2026-01-01", "until": "2028-01-01", "zone": "UTC"})

RULES: dict[str, Means] = {
    "one of two": Means(_one(), frozenset({ADA, BEN})),
    "two people": Means(_one(name="two", need=2), frozenset({ADA, BEN}), need=2),
    "a group": Means(_one(name="group", approvers=(GROUP,)), MEMBERS),
    "frozen, with a glass": Means(
        _one(name="frozen", break_glass=BreakGlass(approvers=(BEN,))).model_copy(update={"freezes": (_FREEZE,)}),
        frozenset({ADA, BEN}),
        glass=frozenset({BEN}),
        open=False,
    ),
    "shown only": Means(WritePolicy(rules=(Rule(name="look", do=Mode.DRY_RUN),)), open=False),
    "nothing": Means(WritePolicy(), open=False),
    "protected": Means(
        _one(name="kept").model_copy(update={"protected": Protected(namespaces=("shop",))}), open=False
    ),
}

APPROVABLE = sorted(name for name, means in RULES.items() if means.open or means.glass)
"""Under which something can be proposed and done at all."""
