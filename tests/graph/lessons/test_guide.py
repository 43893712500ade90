"""What lessons make of what is suspected: as if one more analyzer spoke."""

from domain.actions import Restart, RollBack, Undo
from domain.cluster import Ref, Severity
from domain.decisions import Conclude, Probe, Propose
from domain.diagnosis import Cause, FaultType, Hypothesis
from domain.evidence import Finding
from domain.execution import Improvement
from domain.incident import Budget
from domain.journal import Decided, Probed, Triaged
from domain.lessons import Argument, Conclusion, Do, Lesson, Look, Place, Role, Taken
from domain.ports import Sight
from domain.probes import Events, SearchLogs
from graph.lessons.guide import guided
from graph.policies.playbook import PlaybookPolicy
from tests.graph.policies.story import BACK, IMAGE, WEB, Story, suspicion
from tests.taught import AT_FAULT, ERRORS, NAMED, lesson, when

API = Ref(kind="Deployment", name="api", namespace="prod")
POD = Ref(kind="Pod", name="web-7c9f-x2", namespace="prod")
SAID = Finding.of(Severity.CRITICAL, WEB, "web writes errors, the last one: ERROR the lease is held by api")
HELD = lesson(
    signature=when(ERRORS, texts=("lease is held by <name>",)),
    conclude=Conclusion(cause=Cause.DEPENDENCY_DOWN, blame=NAMED),
    do=Do(action="restart", target=NAMED),
    says="{blame} hangs with the lease in its hand.",
)
PURPOSE = lesson(
    signature=when(texts=("fails on purpose",)),
    look=(
        Look(probe="search_logs", at=AT_FAULT, text="on purpose"),
        Look(probe="events", at=AT_FAULT),
    ),
    conclude=Conclusion(anomaly=False),
    do=None,
    says="{blame} fails on purpose.",
)


def sight(*hypotheses: Hypothesis, lessons: tuple[Lesson, ...], findings: tuple[Finding, ...] = (SAID,)) -> Sight:
    story = Story(*hypotheses)
    story.steps[0] = Triaged(looked_at="Looked.", findings=findings, hypotheses=hypotheses)
    return story.sight.model_copy(update={"lessons": lessons})


def errors(*actions: RollBack | Restart) -> Hypothesis:
    return suspicion(*actions, cause=Cause.APPLICATION_ERROR, confidence=0.35).model_copy(
        update={"cites": (SAID.id,)}
    )


def test_it_blames_whom_the_finding_names_and_explains_the_suspicion() -> None:
    seen = guided(sight(errors(BACK), lessons=(HELD,)))
    (held,) = seen.hypotheses
    assert (held.cause, held.subject, held.affected) == (Cause.DEPENDENCY_DOWN, API, (WEB,))
    assert held.actions == (Restart(target=API), BACK)
    assert held.statement == "api hangs with the lease in its hand."
    assert held.cites == (SAID.id,)
    assert seen.guidance[0].lesson == HELD


def test_it_does_not_fire_without_its_symptom_its_text_or_beside_an_absent_one() -> None:
    other = suspicion(BACK)
    quiet = Finding.of(Severity.CRITICAL, WEB, "web writes errors, the last one: ERROR no")
    apart = HELD.model_copy(update={"signature": when(ERRORS, texts=("held by <name>",), absent=when().symptoms)})
    for shown in (
        sight(other, lessons=(HELD,)),
        sight(errors(), lessons=(HELD,), findings=(quiet,)),
        sight(errors(), suspicion(BACK), lessons=(apart,)),
    ):
        seen = guided(shown)
        assert (seen.hypotheses, seen.guidance) == (shown.hypotheses, ())


def test_what_another_object_says_is_not_its_text() -> None:
    stranger = Finding.of(Severity.CRITICAL, Ref(kind="Pod", name="ads-1", namespace="prod"), SAID.text)
    shown = sight(errors(), lessons=(HELD,), findings=(stranger,))
    assert guided(shown.model_copy(update={"findings": (stranger,)})).guidance == ()
    own = Finding.of(Severity.CRITICAL, POD, SAID.text)
    assert guided(sight(errors(), lessons=(HELD,), findings=(own,))).guidance


def test_kinds_that_come_last_and_suspicions_that_come_last() -> None:
    back_last = lesson(do=Do(action="restart", target=AT_FAULT), not_actions=("roll_back",))
    (held,) = guided(sight(suspicion(BACK, IMAGE), lessons=(back_last,))).hypotheses
    assert [action.action for action in held.actions] == ["restart", "set_image", "roll_back"]
    doubting = lesson(not_causes=(Cause.DISK_FULL,))
    full = suspicion(cause=Cause.DISK_FULL, subject=API)
    slow = suspicion(cause=Cause.SERVICE_LATENCY, subject=API, confidence=0.5)
    causes = [h.cause for h in guided(sight(suspicion(BACK), full, slow, lessons=(doubting,))).hypotheses]
    assert causes == [Cause.IMAGE_PULL, Cause.SERVICE_LATENCY, Cause.DISK_FULL]


def test_fields_come_from_the_lesson_from_a_text_and_from_the_analyzers_repair() -> None:
    named = Finding.of(Severity.CRITICAL, POD, "Container nginx was killed.")
    told = lesson(
        signature=when(texts=("Container <name> was killed",)),
        do=Do(
            action="set_resources",
            target=AT_FAULT,
            arguments=(
                Argument(name="container", value=Taken(of=0, hole=0)),
                Argument(name="limits", value=(("memory", "1Gi"),)),
            ),
        ),
    )
    (held,) = guided(sight(suspicion(BACK), lessons=(told,), findings=(named,))).hypotheses
    assert held.actions[0].model_dump(include={"container", "limits"}) == {
        "container": "nginx",
        "limits": {"memory": "1Gi"},
    }
    (back,) = guided(sight(suspicion(IMAGE, BACK), lessons=(lesson(),))).hypotheses
    assert back.actions == (BACK, IMAGE)  # the revision is the analyzer's


def test_a_repair_that_lacks_a_field_leaves_the_others() -> None:
    bare = lesson(do=Do(action="set_image", target=AT_FAULT))
    assert guided(sight(suspicion(BACK), lessons=(bare,))).hypotheses[0].actions == (BACK,)


def test_of_two_the_stronger_speaks_and_what_it_explains_is_gone() -> None:
    weak = lesson("les-2", do=Do(action="restart", target=AT_FAULT), judgement=None)
    seen = guided(sight(suspicion(BACK), lessons=(lesson(), weak)))
    assert [one.lesson.id for one in seen.guidance] == ["les-1"]


def test_a_level_and_a_kind_of_fault_of_its_own() -> None:
    told = lesson(
        conclude=Conclusion(cause=Cause.IMAGE_PULL, blame=AT_FAULT, fault_type=FaultType.OPERATION_ERROR)
    )
    assert guided(sight(suspicion(BACK), lessons=(told,))).hypotheses[0].fault_type is FaultType.OPERATION_ERROR


def test_the_workload_behind_a_service() -> None:
    service = Ref(kind="Service", name="api", namespace="prod")
    symptom = when().symptoms[0].model_copy(update={"kind": "Service"})
    behind = Place(role=Role.BEHIND, kind="Deployment")
    told = lesson(
        signature=when(symptom),
        conclude=Conclusion(cause=Cause.DEPENDENCY_DOWN, blame=behind),
        do=Do(action="restart", target=behind),
    )
    (held,) = guided(sight(suspicion(subject=service), lessons=(told,))).hypotheses
    assert (held.subject, held.actions) == (API, (Restart(target=API),))


async def test_the_playbook_does_what_a_lesson_says_and_names_it() -> None:
    decision = await PlaybookPolicy().decide(guided(sight(suspicion(IMAGE, BACK), lessons=(lesson(),))))
    assert isinstance(decision, Propose)
    assert decision.action == BACK
    assert "by a lesson from inc-old (22 November, @U0ADA)" in decision.why


async def test_the_playbook_looks_first_then_says_that_nothing_is_wrong() -> None:
    story = Story(suspicion(BACK))
    first = await PlaybookPolicy().decide(guided(story.sight.model_copy(update={"lessons": (PURPOSE,)})))
    assert isinstance(first, Probe)
    logs, events = first.calls
    assert logs == SearchLogs(namespace="prod", text="on purpose", workload=WEB)
    assert events == Events(namespace="prod", subject=WEB)
    found = Finding.of(Severity.INFO, POD, "Log: it fails on purpose, to see who is paged")
    story.steps += [
        Probed(call=logs, status="ok", note="One line.", findings=(found,)),
        Probed(call=events, status="empty", note="None.", findings=()),
    ]
    last = await PlaybookPolicy().decide(guided(story.sight.model_copy(update={"lessons": (PURPOSE,)})))
    assert isinstance(last, Conclude)
    assert not last.diagnosis.anomaly
    assert "By a lesson from inc-old" in last.summary


async def test_a_look_that_shows_nothing_is_not_made_again() -> None:
    story = Story(suspicion(BACK))
    for call in (
        SearchLogs(namespace="prod", text="on purpose", workload=WEB),
        Events(namespace="prod", subject=WEB),
    ):
        story.steps.append(Probed(call=call, status="empty", note="None.", findings=()))
    seen = guided(story.sight.model_copy(update={"lessons": (PURPOSE,)}))
    assert seen.guidance == ()
    assert isinstance(await PlaybookPolicy().decide(seen), Propose)


def test_a_look_that_the_budget_does_not_allow_is_left_out() -> None:
    poor = Story(suspicion(BACK), budget=Budget(probes=1)).sight.model_copy(update={"lessons": (PURPOSE,)})
    assert guided(poor).guidance == ()


async def test_when_its_repair_does_not_help_the_next_is_tried() -> None:
    story = Story(suspicion(IMAGE, BACK))
    taught = (lesson(),)

    async def next_one() -> object:
        shown = guided(story.sight.model_copy(update={"lessons": taught}))
        decision = await story.policy.decide(shown)
        story.steps.append(Decided(policy="playbook", decision=decision, milliseconds=1))
        assert isinstance(decision, Propose), decision
        story.proposes(decision.action)
        return decision.action

    assert await next_one() == BACK
    story.verified(Improvement.UNCHANGED, suspicion(IMAGE, BACK))
    assert isinstance(await next_one(), Undo)
    story.verified(Improvement.UNCHANGED, suspicion(IMAGE, BACK))
    assert await next_one() == IMAGE
