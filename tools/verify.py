"""The watch after an action: until the symptom has stayed away for a while, or time is up."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.accounts import CreateDatabaseUser, GrantDatabaseRole
from domain.actions import Action, Restart, SetConfigKey, SwitchFlag
from domain.cluster import Ref, Scope
from domain.diagnosis import Cause, Hypothesis
from domain.errors import Temporary
from domain.evidence import Artifact
from domain.execution import Improvement, Verification
from domain.ports import Clock, Triage
from tools.analyzers.account_jobs import job_of
from tools.analyzers.wiring import Wiring
from tools.completion import unfinished
from tools.hearing import hearings
from tools.snapshot import Snapshot
from tools.triage import triage

_ECHO_SECONDS = 5.0
"""A complaint counts for the settle window and this much longer, so that one every 15 s is not missed."""

_SHOWN_IN_SIGNALS = frozenset(
    {
        Cause.SERVICE_ERRORS,
        Cause.SERVICE_LATENCY,
        Cause.CPU_SATURATION,
        Cause.MEMORY_LEAK,
        Cause.QUEUE_LAG,
        Cause.TRAFFIC_SURGE,
        Cause.NETWORK_DEGRADED,
        Cause.FEATURE_FLAG,
    }
)
_TOO_EARLY = "the metrics do not tell yet"

Look = tuple[Snapshot, Artifact]
Take = Callable[[str], Awaitable[Look]]
"""A fresh look at a namespace."""
TakeSince = Callable[[str, datetime], Awaitable[Look]]
"""A fresh look, with the signals of after a moment; without any while too little time has passed."""


@dataclass(frozen=True)
class Case:
    """What is watched: the world as it was held to be before, and what was done about it."""

    before: tuple[Hypothesis, ...]
    treated: Hypothesis | None
    """`None` for a person's own action that answers no hypothesis."""
    action: Action

    @property
    def hurt(self) -> frozenset[Ref]:
        """The objects that must be well for the symptom to be gone."""
        subjects = (self.treated,) if self.treated else self.before
        return frozenset(
            {
                self.action.target,
                *(ref for hypothesis in subjects for ref in (hypothesis.subject, *hypothesis.affected)),
            }
        )

    @property
    def shows_in_signals(self) -> bool:
        """Whether metrics and traces showed the trouble, or would."""
        held = (*self.before, *((self.treated,) if self.treated else ()))
        return any(hypothesis.cause in _SHOWN_IN_SIGNALS for hypothesis in held)

    def is_treated(self, hypothesis: Hypothesis) -> bool:
        """Whether it is the trouble that the action was meant for, or another one of the same object."""
        if self.treated is None:
            return any(hypothesis.key == before.key for before in self.before)
        about = hypothesis.subject in (self.treated.subject, self.action.target)
        return hypothesis.key == self.treated.key or about


@dataclass(frozen=True)
class Judgement:
    """One look, compared with before."""

    symptoms: tuple[Hypothesis, ...]
    """What still speaks of the treated trouble, in the same or another guise."""
    others: tuple[Hypothesis, ...]
    """Trouble of before that was not treated."""
    new: tuple[Hypothesis, ...]
    """Trouble that was not there before, elsewhere."""
    unfinished: tuple[str, ...]
    """What has not come to rest yet, in words."""
    failed: str = ""
    """What became of the Job that was to do the work, where it failed."""

    @property
    def good(self) -> bool:
        """Whether the symptom is away and everything has come to rest."""
        return not (self.symptoms or self.new or self.unfinished)


def judge(case: Case, seen: Triage, snapshots: Sequence[Snapshot], waiting: Sequence[str] = ()) -> Judgement:
    """Sort what a look shows into the symptom, older trouble and new trouble; `waiting` is unfinished, too."""
    known = {hypothesis.key for hypothesis in case.before}
    symptoms: list[Hypothesis] = []
    others: list[Hypothesis] = []
    new: list[Hypothesis] = []
    for hypothesis in seen.hypotheses:
        if case.is_treated(hypothesis):
            symptoms.append(hypothesis)
        elif hypothesis.key in known:
            others.append(hypothesis)
        elif case.hurt.intersection((hypothesis.subject, *hypothesis.affected)):
            symptoms.append(hypothesis)
        else:
            new.append(hypothesis)
    excused = {ref for h in others for ref in (h.subject, *h.affected)}
    hurt = [ref for ref in sorted(case.hurt, key=str) if ref == case.action.target or ref not in excused]
    open_ = (clause for s in snapshots for clause in unfinished(Wiring.of(s), _inside(s, hurt)))
    job = job_of(case.action, snapshots)
    works = (job.open_clause,) if job and job.open_clause else ()
    failed = works[0] if job and job.failed and works else ""
    return Judgement(tuple(symptoms), tuple(others), tuple(new), (*works, *open_, *waiting), failed)


@dataclass(frozen=True)
class Watch:
    """Looks every few seconds by the clock; in a lab the clock moves the world."""

    take: Take
    clock: Clock
    settle: float = 10.0
    """Seconds that the symptom must have stayed away."""
    timeout: float = 180.0
    """Seconds after which the watch ends whatever it sees."""
    every: float = 3.0
    """Seconds between two looks."""
    take_since: TakeSince | None = None
    """How to look with signals; `None` without servers of telemetry."""

    async def run(self, scope: Scope, case: Case) -> tuple[Verification, Triage]:
        """Watch, and say what became of it, with the last look.

        Raises the `Temporary` error of the last look when not one succeeded.
        """
        began = self.clock.now()
        ears = hearings(scope.namespaces, self.settle + _ECHO_SECONDS)
        take, waits = self._with_signals(case, began)
        good_since: float | None = None
        last: tuple[Judgement, Triage] | None = None
        trouble: Temporary | None = None
        while True:
            try:
                taken = await asyncio.gather(*(take(namespace) for namespace in scope.namespaces))
            except Temporary as error:
                trouble = error
            else:
                snapshots = [ears[snapshot.namespace].of(snapshot) for snapshot, _ in taken]
                seen = triage(snapshots, [artifact for _, artifact in taken])
                early = waits and any(snapshot.signals is None for snapshot in snapshots)
                last = judge(case, seen, snapshots, (_TOO_EARLY,) if early else ()), seen
                spent = (self.clock.now() - began).total_seconds()
                good_since = (spent if good_since is None else good_since) if last[0].good else None
                if last[0].failed or _is_unread(case, last[0]):
                    break
                if good_since is not None and spent - good_since >= self.settle:
                    return self._verdict(case, last[0], spent, Improvement.RESOLVED), seen
            spent = (self.clock.now() - began).total_seconds()
            if spent >= self.timeout:
                break
            await self.clock.sleep(min(self.every, self.timeout - spent))
        if last is None:
            assert trouble is not None
            raise trouble
        judgement, seen = last
        return self._verdict(case, judgement, spent, _at_the_end(case, judgement)), seen

    def _with_signals(self, case: Case, began: datetime) -> tuple[Take, bool]:
        """How to look, and whether the looks wait for signals: only for trouble that is seen in them."""
        since = self.take_since
        if since is None or not case.shows_in_signals:
            return self.take, False
        return lambda namespace: since(namespace, began), True

    def _verdict(self, case: Case, judgement: Judgement, spent: float, improvement: Improvement) -> Verification:
        remaining = (*judgement.symptoms, *judgement.others)
        return Verification(
            improvement=improvement,
            detail=_in_words(case, judgement, improvement, spent, self.settle),
            remaining=tuple(hypothesis.key for hypothesis in remaining),
            new=tuple(hypothesis.key for hypothesis in judgement.new),
            seconds=spent,
        )


def _is_unread(case: Case, judgement: Judgement) -> bool:
    """Whether what was mended is known to wait for a restart; then nothing changes before that."""
    first = (hypothesis.actions[0] for hypothesis in judgement.symptoms if hypothesis.actions)
    written = isinstance(case.action, SetConfigKey | SwitchFlag | GrantDatabaseRole | CreateDatabaseUser)
    return written and any(isinstance(action, Restart) for action in first)


def _at_the_end(case: Case, judgement: Judgement) -> Improvement:
    """What the last look amounts to when time is up."""
    if judgement.failed:
        return Improvement.UNCHANGED
    if _is_unread(case, judgement):
        return Improvement.IMPROVED
    if any(case.is_treated(hypothesis) for hypothesis in judgement.symptoms):
        return Improvement.WORSE if judgement.new else Improvement.UNCHANGED
    return Improvement.WORSE if case.treated is None and judgement.new else Improvement.IMPROVED


def _in_words(case: Case, judgement: Judgement, improvement: Improvement, spent: float, settle: float) -> str:
    """One sentence for people."""
    match improvement:
        case Improvement.RESOLVED:
            return f"The symptom has stayed away for {settle:.0f} s, and whatever suffered from it is well again."
        case Improvement.IMPROVED:
            rest = [
                *(h.statement.rstrip(".") for h in (*judgement.symptoms, *judgement.new)),
                *judgement.unfinished,
            ]
            return f"After {spent:.0f} s the cause is gone, but not all is well: {'; '.join(rest[:2])}."
        case Improvement.UNCHANGED if judgement.failed:
            return f"After {spent:.0f} s it is no better: {judgement.failed}."
        case Improvement.UNCHANGED:
            what = judgement.symptoms[0].statement if judgement.symptoms else f"{'; '.join(judgement.unfinished)}."
            return f"After {spent:.0f} s it is no better: {what}"
        case Improvement.WORSE:
            return f"After {spent:.0f} s it is worse, this is new: {judgement.new[0].statement}"


def _inside(snapshot: Snapshot, refs: Sequence[Ref]) -> list[Ref]:
    return [ref for ref in refs if ref.namespace == snapshot.namespace]
