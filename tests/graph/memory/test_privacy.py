"""A secret in a question or in a log line does not reach the memory, its index of words, or what is said of it."""

from pathlib import Path

from domain.approval import Verdict
from domain.cluster import Severity
from domain.evidence import Finding
from graph.memory.words import seen_before
from graph.policies.scripted import ScriptedPolicy
from tests.fakes import SICK, ScriptedEyes
from tests.graph.house import house
from tests.graph.memory.test_service import GIVE_UP, PROPOSE
from tools.redact.service import Redactor

SECRET = "hunter2-Zq81xV0pLm"
LOG = f"FATAL cannot log in: DB_PASSWORD={SECRET}"


def stored_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_planted_secret_is_nowhere_in_the_store(tmp_path: Path) -> None:
    """The edges redact before the graph sees anything; the memory must not find another way to the raw text."""
    clean = Redactor().text
    line = clean(LOG)
    hypothesis = SICK.hypotheses[0].model_copy(update={"statement": f"It ends with: {line}"})
    seen = Finding.of(Severity.CRITICAL, hypothesis.subject, line)
    look = SICK.model_copy(update={"hypotheses": (hypothesis,), "findings": (*SICK.findings, seen)})
    async with house(tmp_path, ScriptedPolicy([PROPOSE, GIVE_UP]), ScriptedEyes(looks=[look])) as home:
        incident = await home.open(clean(f"checkout cannot log in with password={SECRET}"))
        waiting = await home.drive(incident)
        assert waiting.pending is not None
        await home.service.decide(waiting.pending.id, Verdict.REJECTED, "U2", clean(f"password={SECRET} is wrong"))
        await home.drive(incident)
        again = await home.drive(await home.open("checkout cannot log in"))
        (one,) = again.memories
    assert "[redacted" in one.memory.text
    assert SECRET not in one.model_dump_json() + seen_before(one)
    stored = stored_in(tmp_path)
    assert b"redacted" in stored
    assert SECRET.encode() not in stored
    assert SECRET.lower().encode() not in stored
