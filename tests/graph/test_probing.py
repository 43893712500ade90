"""A round of probes: at once with a cap, none twice, and what there was no room for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.approval import Verdict
from domain.cluster import Scope, Severity
from domain.decisions import Conclude, Probe, Propose
from domain.evidence import Artifact, Finding
from domain.incident import Incident
from domain.journal import Probed, Trajectory
from domain.probes import Events, ProbeCall, ProbeResult, Quotas, Snapshot, Volumes
from graph.policies.scripted import ScriptedPolicy
from graph.probing import AT_ONCE
from tests.fakes import CHECKOUT, SCALE_UP, START, ScriptedEyes, diagnosis, finding
from tests.graph.house import house

GIVE_UP = Conclude(summary="I do not know.", diagnosis=diagnosis(), resolved=False, confidence=0.1)
SHOP = Events(namespace="shop")


def ask(*calls: ProbeCall) -> Probe:
    return Probe(summary="Looking further.", calls=calls, confidence=0.3)


@dataclass
class CrowdedEyes(ScriptedEyes):
    """Counts how many probes run at the same time; each waits until nothing else can happen."""

    running: int = 0
    most: int = 0

    async def probe(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(5):
            await asyncio.sleep(0)
        self.running -= 1
        return await super().probe(scope, call)


@dataclass
class FailingEyes(ScriptedEyes):
    """Fails the first probe, as a server that is restarting does."""

    async def probe(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        self.probed.append(call)
        if len(self.probed) > 1:
            return ProbeResult(call=call, status="empty", note="Nothing there.")
        artifact = Artifact.of("events", "failed: It hangs.", START)
        told = Finding.of(Severity.INFO, CHECKOUT, "The probe events failed: It hangs.", (artifact.id,))
        return ProbeResult(call=call, status="failed", note="It hangs.", findings=(told,), artifact=artifact)


LEFT = tuple(finding(f"thing {number}") for number in range(3))
FULL = Artifact.of("events namespace=shop", "raw", START)


@dataclass
class FullEyes(ScriptedEyes):
    """Sees more than there is room for."""

    async def probe(self, scope: Scope, call: ProbeCall) -> ProbeResult:
        return ProbeResult(
            call=call, status="ok", note="Much.", findings=(finding(),), left_out=LEFT, artifact=FULL
        )


@dataclass
class Brief:
    """A shortener that says one thing, and keeps what it was asked."""

    asked: list[tuple[str, tuple[Finding, ...]]] = field(default_factory=list)

    async def shorten(self, incident: Incident, probe: str, left: Sequence[Finding]) -> tuple[Finding, ...]:
        self.asked.append((probe, tuple(left)))
        return (finding("In short"),)


def notes(run: Trajectory) -> list[str]:
    return [entry.step.note for entry in run.entries if isinstance(entry.step, Probed)]


async def test_independent_probes_run_at_once_and_no_more_than_the_cap(tmp_path: Path) -> None:
    eyes = CrowdedEyes()
    calls = [Events(namespace=f"space-{number}") for number in range(8)]
    async with house(tmp_path, ScriptedPolicy([ask(*calls), GIVE_UP]), eyes) as home:
        run = await home.drive(await home.open())
    assert eyes.most == AT_ONCE
    steps = [entry.step for entry in run.entries if isinstance(entry.step, Probed)]
    assert [step.call for step in steps] == calls


async def test_a_call_that_is_asked_twice_in_a_round_runs_once(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([ask(SHOP, SHOP), GIVE_UP])) as home:
        run = await home.drive(await home.open())
        assert home.eyes.probed == [SHOP]
        assert notes(run) == ["Nothing there.", "Asked twice: Nothing there."]


async def test_a_third_time_is_still_answered_from_memory_in_the_same_words(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([ask(SHOP), ask(SHOP), ask(SHOP), GIVE_UP])) as home:
        run = await home.drive(await home.open())
        assert home.eyes.probed == [SHOP]
        assert notes(run) == ["Nothing there.", *["Seen before: Nothing there."] * 2]


async def test_after_a_change_or_a_fresh_look_memory_is_no_answer_any_more(tmp_path: Path) -> None:
    write = Propose(summary="Scaled to zero.", action=SCALE_UP, why="It has no pods.", confidence=0.9)
    fresh = ask(Snapshot(namespace="shop"))
    script = ScriptedPolicy([ask(SHOP), write, ask(SHOP), fresh, ask(SHOP), GIVE_UP])
    async with house(tmp_path, script) as home, home.executor():
        incident = await home.open()
        pending = (await home.drive(incident)).pending
        assert pending is not None
        await home.service.decide(pending.id, Verdict.APPROVED, "U2")
        run = await home.drive(incident)
        assert notes(run) == ["Nothing there."] * 3


async def test_a_probe_that_failed_is_a_finding_and_is_tried_again(tmp_path: Path) -> None:
    eyes = FailingEyes()
    async with house(tmp_path, ScriptedPolicy([ask(SHOP), ask(SHOP), GIVE_UP]), eyes) as home:
        run = await home.drive(await home.open())
        assert notes(run) == ["It hangs.", "Nothing there."]
        (told,) = [each for each in run.findings.values() if "failed" in each.text]
        artifact = await home.store.artifacts.get(told.artifacts[0])
    assert artifact is not None
    assert artifact.text == "failed: It hangs."


async def test_a_fresh_look_keeps_its_place_among_the_probes(tmp_path: Path) -> None:
    calls = (Quotas(namespace="shop"), Snapshot(namespace="shop"), Volumes(namespace="shop"))
    async with house(tmp_path, ScriptedPolicy([ask(*calls), GIVE_UP])) as home:
        incident = await home.open()
        await home.drive(incident)
        assert (await home.kinds(incident))[3:6] == ["probed", "triaged", "probed"]


async def test_what_there_was_no_room_for_is_shortened_where_somebody_can(tmp_path: Path) -> None:
    brief = Brief()
    script = ScriptedPolicy([ask(SHOP), GIVE_UP])
    async with house(tmp_path, script, FullEyes(), shortener=brief) as home:
        run = await home.drive(await home.open())
    assert brief.asked == [(FULL.probe, LEFT)]
    assert finding("In short").id in run.findings


async def test_without_a_shortener_only_the_findings_are_told(tmp_path: Path) -> None:
    async with house(tmp_path, ScriptedPolicy([ask(SHOP), GIVE_UP]), FullEyes()) as home:
        run = await home.drive(await home.open())
    assert not any("In short" in each.text or "thing" in each.text for each in run.findings.values())
