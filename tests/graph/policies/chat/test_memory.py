"""The working memory is bounded, and what is left out is what matters least to the live hypotheses."""

from domain.actions import Restart
from domain.cluster import Ref, Severity
from domain.decisions import Probe
from domain.diagnosis import Cause
from domain.evidence import Finding
from domain.execution import Improvement
from domain.journal import Decided, Probed, Triaged
from domain.probes import Volumes
from graph.policies.chat.memory import remember
from tests.graph.policies.story import SEEN, WEB, Story, suspicion


def about(name: str, severity: Severity = Severity.INFO, text: str = "seen") -> Finding:
    return Finding.of(severity, Ref(kind="Pod", name=name, namespace="prod"), f"{name}: {text}")


def one(finding: Finding) -> int:
    return 1


def told(*findings: Finding) -> Story:
    """An incident whose first look saw these, with one hypothesis at Deployment web, and one decision since."""
    story = Story(suspicion())
    story.steps = [Triaged(looked_at="Looked.", findings=findings, hypotheses=(suspicion(Restart(target=WEB)),))]
    return story


async def decided(story: Story) -> Story:
    await story.decide()
    return story


async def test_relevance_decides_and_age_alone_does_not() -> None:
    """The cited finding and that of the suspect's pod are the oldest, and they stay."""
    story = await decided(told(SEEN, about("web-7"), *(about(f"other-{n}") for n in range(20))))
    memory = remember(story.sight, 2, one)
    assert memory.now == (SEEN, about("web-7"))


async def test_a_trace_tells_what_was_left_out() -> None:
    story = await decided(told(SEEN, about("a", Severity.WARNING), *(about(f"other-{n}") for n in range(5))))
    memory = remember(story.sight, 2, one)
    assert memory.left_out == (
        "Left out as less relevant: 5 info, about Pod prod/other-0, Pod prod/other-1, Pod prod/other-2"
        " and 2 more objects; probe an object to see it again."
    )
    assert remember(story.sight, 100, one).left_out == ""


async def test_what_nobody_has_decided_on_yet_comes_before_old_trouble() -> None:
    story = await decided(told(SEEN, about("old", Severity.CRITICAL)))
    fresh = about("fresh")
    story.steps.append(Probed(call=Volumes(namespace="prod"), status="ok", note="Looked.", findings=(fresh,)))
    assert remember(story.sight, 2, one).now == (SEEN, fresh)


async def test_what_a_look_after_a_change_does_not_show_is_told_apart() -> None:
    story = told(SEEN, about("web-7"))
    cited = suspicion(Restart(target=WEB)).model_copy(update={"cites": (about("web-7").id,)})
    story.steps[0] = story.steps[0].model_copy(update={"hypotheses": (cited,)})
    await story.propose()
    story.verified(Improvement.RESOLVED)
    memory = remember(story.sight, 100, one)
    assert (memory.now, memory.earlier) == ((SEEN,), (about("web-7"),))


def test_large_findings_do_not_keep_small_ones_out() -> None:
    story = told(SEEN, about("web-1", text="x" * 500), about("web-2"))
    memory = remember(story.sight, 200, lambda finding: len(finding.text))
    assert about("web-2") in memory.now
    assert "1 info" in memory.left_out


def test_hypotheses_of_the_last_decision_keep_their_evidence() -> None:
    """The rules no longer suspect it; the model still does."""
    story = told(about("noise"), about("db-1"))
    held = suspicion(cause=Cause.DISK_FULL, subject=Ref(kind="StatefulSet", name="db", namespace="prod"))
    decision = Probe(summary="s", hypotheses=(held,), confidence=0.5, calls=(Volumes(namespace="prod"),))
    story.steps.append(Decided(policy="chat", decision=decision, milliseconds=1))
    assert remember(story.sight, 1, one).now == (about("db-1"),)


async def test_a_quotation_is_shown_once_for_an_object() -> None:
    line = "ERROR: place order: dial tcp 10.0.0.1:8080: connect: connection refused"
    first = about("web-1", Severity.CRITICAL, f"cannot call Service db: {line}")
    echo = about("web-1", Severity.WARNING, line)
    elsewhere = about("api-1", Severity.WARNING, line)
    memory = remember(told(first, echo, elsewhere).sight, 100, one)
    assert memory.now == (first, elsewhere)
    assert "1 warning, about Pod prod/web-1" in memory.left_out


async def test_what_is_over_and_cited_by_no_hypothesis_is_left_out() -> None:
    story = told(SEEN, about("other-1", Severity.CRITICAL))
    await story.propose()
    story.verified(Improvement.RESOLVED)
    memory = remember(story.sight, 100, one)
    assert (memory.now, memory.earlier) == ((SEEN,), ())
    assert "1 critical, about Pod prod/other-1" in memory.left_out
