"""Everything that can happen, in any order."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.desk import Clicker, Done, Not
from domain.actions import Action, DeletePod, Restart, Scale
from domain.cluster import Ref
from domain.errors import AoiError, BadInput, ClusterConflict, ClusterUnreachable
from tests.scenarios.sequences.rules import ADA, APPROVABLE, BEN, PEOPLE, RULES
from tests.scenarios.sequences.yard import CHANNEL, Yard
from tests.tools.api import Trouble
from tests.tools.samples import CHECKOUT, SAMPLES, SERVICE

REPAIRS = ["scale", "restart", "patch_service_port", "delete_pod", "create_config_map", "remove_network_policy"]
WISHES = [
    *(SAMPLES[name] for name in REPAIRS),
    Restart(target=Ref(kind="Deployment", namespace="kube-system", name="coredns")),
    Scale(target=Ref(kind="Deployment", namespace="payments", name="ledger"), replicas=0),
    DeletePod(target=CHECKOUT),
]
"""What the model asks for: real repairs, and what it may never have."""
GONE = ClusterUnreachable("The API server did not answer in time.")
CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "edited": lambda thing: thing["spec"].update(replicas=7),
    "replaced": lambda thing: thing["metadata"].update(uid=f"other-than-{thing['metadata']['uid']}"),
    "retargeted": lambda thing: thing["spec"]["ports"][0].update(targetPort=9999),
}
TROUBLES = (*CHANGES, "no answer before", "no answer after", "conflict", "slack is silent", "slack tells")
MOMENTS = 60
"""Awaits at the ports within which a process may die."""
_ROOM = "/dev/shm" if Path("/dev/shm").is_dir() else None  # databases of a moment

Event = tuple[str, Callable[[Random], Sequence[Any]]]
"""Name of a method of the machine, and what draws its arguments."""


def _user(chance: Random) -> str:
    return chance.choice([ADA, BEN, *PEOPLE])


def _which(chance: Random) -> int:
    """A proposal, counted back from the newest."""
    return chance.choice([0, 0, 0, 1, 99])


def _crash(chance: Random) -> int | None:
    return chance.choice([None, chance.randint(0, MOMENTS)])


def _reason(chance: Random) -> str:
    return chance.choice(["", " ", "It burns."])


WORLD: list[Event] = [
    ("clock_jumps", lambda c: [c.choice([-20, 1, 6, 14, 20, 600])]),
    ("policies_change", lambda c: [c.choice(sorted(RULES)), c.choice(["bot", "executor", "both"])]),
    ("something_else", lambda c: [c.choice(TROUBLES)]),
]
CLICKS: list[Event] = [
    ("approve", lambda c: [_user(c), _which(c)]),
    ("break_glass", lambda c: [_user(c), _which(c), _reason(c)]),
    ("reject", lambda c: [_user(c), _which(c), _reason(c)]),
    ("edit", lambda c: [_user(c), _which(c)]),
    ("undo", lambda c: [_user(c), _which(c)]),
    ("who_may_approve_does", lambda c: [c.randint(0, 1)]),
]
WORK: list[Event] = [("execute", lambda c: [_crash(c)])]
ANYTHING: list[Event] = [
    *WORLD,
    *CLICKS,
    *WORK,
    ("mention", lambda c: [c.choices(WISHES, k=c.randint(1, 2))]),
    ("drive", lambda c: [c.random() < 0.5, _crash(c)]),
    ("bot_starts_anew", lambda c: []),
    *[("all_goes_well", lambda c: [c.randint(0, 1)])] * 2,
]


class Sequences(RuleBasedStateMachine):
    """After each event, every effect matches an approval."""

    events: Sequence[Event] = ANYTHING
    blank: Path
    """A migrated database without rows; set before it runs."""
    effects = 0
    approved = 0
    """Over all sequences, so that a test can tell whether anything happened in them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="aoi-sequence-", dir=_ROOM))
        shutil.copyfile(self.blank, self.folder / "aoi.db")
        self.runner = asyncio.Runner()
        self.yard = Yard(self.folder)
        self.judged = 0
        self.wrong: list[str] = []
        self.run(self.yard.opened())

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        Sequences.effects += len(self.yard.api.done)
        Sequences.approved += sum(ticket.approved for ticket in self.yard.allowed.tickets.values())
        self.run(self.yard.closed())
        self.runner.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(seed=st.integers(0, 2**64 - 1))
    def seeded(self, seed: int) -> None:
        """All chance comes of one seed: left to draw each event, Hypothesis plays the same ones over and over."""
        self.chance = Random(seed)
        self.begin(self.chance.choice(APPROVABLE), SAMPLES[self.chance.choice(REPAIRS)])

    @rule()
    def happens(self) -> None:
        name, drawn = self.chance.choice(self.events)
        arguments = drawn(self.chance)
        self.history.append(f"{name}({', '.join(map(str, arguments))})")
        getattr(self, name)(*arguments)

    def begin(self, held: str, wish: Action) -> None:
        """A policy, and an incident that stands at its first proposal."""
        self.yard.bot_rules = self.yard.api.executor_rules = held
        self.history = [f"{held}: {wish.action}"]
        self.mention([wish])
        self.drive(False, None)
        assert self.yard.allowed.tickets, "there is a proposal to play with"

    @invariant()
    def every_effect_matches_an_approval(self) -> None:
        for effect in self.yard.api.done[self.judged :]:
            self.judged += 1
            if fault := self.yard.allowed.fault(effect):
                self.wrong.append(f"{effect.method} {effect.path}: {fault}")
        assert not self.wrong, f"{'; '.join(self.wrong)} after {', '.join(self.history)}"

    # ---- AOI's own processes ----

    def mention(self, wishes: list[Any]) -> None:
        self.run(self.yard.mention(wishes))

    def drive(self, working: bool, crash: int | None) -> None:
        self.run(self.yard.drive(working, crash))

    def execute(self, crash: int | None) -> None:
        self.run(self.yard.execute(crash))

    def bot_starts_anew(self) -> None:
        self.run(self.yard.restart_bot())

    def all_goes_well(self, number: int) -> None:
        """Approved by those who may, and worked off at once."""
        self.who_may_approve_does(number)
        self.run(self.yard.drive(True))

    # ---- people: whoever it is; also twice, late, on what is decided, and on what nobody ever proposed ----

    def who_may_approve_does(self, number: int) -> None:
        """All of them in a row, as far as the policy of now goes."""
        means = RULES[self.yard.bot_rules]
        for user in sorted(means.who):
            self.approve(user, number)
        for user in sorted(means.glass):
            self.break_glass(user, number, "It burns.")

    def approve(self, user: str, number: int) -> None:
        proposal_id = self._id(number)
        self.yard.allowed.yes(proposal_id, user, self.yard.bot_rules, self.yard.now())
        answer = self.run(self.yard.desk.approve(proposal_id, Clicker(user, CHANNEL)))
        ticket = self.yard.allowed.tickets.get(proposal_id)
        if isinstance(answer, Done) and not (ticket and ticket.approved):
            self.wrong.append(f"{user!r} was told that {proposal_id} is approved")

    def break_glass(self, user: str, number: int, reason: str) -> None:
        proposal_id = self._id(number)
        self.yard.allowed.yes(proposal_id, user, self.yard.bot_rules, self.yard.now(), reason)
        self.run(self.yard.desk.break_glass(proposal_id, Clicker(user, CHANNEL), reason))

    def reject(self, user: str, number: int, reason: str) -> None:
        proposal_id = self._id(number)
        self._closed(proposal_id, self.run(self.yard.desk.reject(proposal_id, Clicker(user, CHANNEL), reason)))

    def edit(self, user: str, number: int) -> None:
        proposal_id = self._id(number)
        with suppress(BadInput):
            answers = {"replicas": "5", "target_port": "9090"}
            self._closed(proposal_id, self.run(self.yard.desk.edit(proposal_id, Clicker(user, CHANNEL), answers)))

    def undo(self, user: str, number: int) -> None:
        self.run(self.yard.service.undo(self._id(number), user))

    # ---- the world ----

    def clock_jumps(self, minutes: int) -> None:
        """Also back."""
        self.yard.clock.at += timedelta(minutes=minutes)
        self.run(self.yard.expire())

    def policies_change(self, held: str, process: str) -> None:
        """A file is edited, and one process or both begin anew with it."""
        if process != "executor":
            self.yard.bot_rules = held
            self.run(self.yard.restart_bot())
        if process != "bot":
            self.yard.api.executor_rules = held

    def something_else(self, trouble: str) -> None:
        """To an object, to the API server, to Slack."""
        api = self.yard.api
        match trouble:
            case "slack is silent" | "slack tells":
                self.yard.groups.silent = trouble == "slack is silent"
            case "edited" | "replaced" | "retargeted":
                api.edit(SERVICE if trouble == "retargeted" else CHECKOUT, CHANGES[trouble])
            case "no answer before" | "conflict":
                api.before = _once(ClusterConflict("changed") if trouble == "conflict" else GONE)
            case "no answer after":
                api.after = _once(GONE)

    def _id(self, number: int) -> str:
        """A proposal, counted back from the newest; or an id that was made up."""
        proposals = self.yard.proposals()
        return proposals[-1 - number].id if number < len(proposals) else "prop-forged"

    def _closed(self, proposal_id: str, answer: Done | Not) -> None:
        ticket = self.yard.allowed.tickets.get(proposal_id)
        if ticket is not None and isinstance(answer, Done) and not ticket.effects:
            ticket.closed = True


def _once(error: AoiError) -> Trouble:
    """The next write fails with it."""
    errors = [error]
    return lambda method, path: errors.pop() if errors and method != "GET" else None
