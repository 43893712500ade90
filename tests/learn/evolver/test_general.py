"""Plans of one run become lessons without names, which fit the next run under other names."""

from domain.actions import PatchNodeSelector, PatchProbe, Restart, RollBack, SetConfigKey
from domain.cluster import Ref
from domain.diagnosis import Cause, Hypothesis
from domain.evidence import Finding
from domain.execution import Improvement
from domain.journal import Trajectory
from domain.lessons import Argument, Lesson, Place, Role, Source, Taken
from graph.lessons.guide import guided, repair
from graph.lessons.match import find
from graph.sight import sight_of
from learn.evolver.cast import cast_of
from learn.evolver.general import drafts_of, same_as
from learn.evolver.plan import Plan, Proposed
from tests.fakes import START
from tests.graph.policies.story import BACK, IMAGE, WEB
from tests.learn.evolver.runs import API, COMPLAINT, CORDON, ERRORS, LOGGED, NODE, PULL, READY, UNREADY, run

HOLDER = Ref(kind="Deployment", name="holder", namespace="prod")
OTHER = {"web": "kabade", "holder": "zuleba", "nginx": "fire", "api": "tivo"}


def plan(
    component: Ref, action: object, cause: Cause = Cause.DEPENDENCY_DOWN, phrases: tuple[str, ...] = ()
) -> Plan:
    return Plan.model_validate(
        {
            "anomaly": True,
            "cause": cause,
            "component": component,
            "action": action,
            "phrases": phrases,
            "why": f"{component.name} was it.",
        }
    )


def drafts(told: Plan, trajectory: Trajectory) -> tuple[Lesson, ...]:
    one = Proposed(plan=told, source=Source.CORRECTION, by=("U0ADA",))
    tried = [proposal.plan.action for proposal in trajectory.proposals]
    return drafts_of(one, cast_of(trajectory), "inc-1", START, tried)


def renamed(hypothesis: Hypothesis, finding: Finding) -> tuple[Hypothesis, Finding]:
    """The same suspicion under other names and numbers."""
    text = finding.text.replace("17", "4711")
    for old, new in OTHER.items():
        text = text.replace(old, new)
    ref = finding.subject.model_copy(update={"name": finding.subject.name.replace("web", OTHER["web"])})
    found = Finding.of(finding.severity, ref, text)
    subject = hypothesis.subject.model_copy(update={"name": OTHER.get(hypothesis.subject.name, "x")})
    affected = tuple(ref.model_copy(update={"name": OTHER[ref.name]}) for ref in hypothesis.affected)
    told = {"subject": subject, "affected": affected, "cites": (found.id,), "actions": ()}
    return hypothesis.model_copy(update=told), found


def patterns(lesson: Lesson) -> list[str]:
    return [text.pattern for text in lesson.signature.texts]


def test_a_name_in_a_log_line_becomes_a_hole_and_carries_over() -> None:
    exact, short = drafts(plan(HOLDER, Restart(target=HOLDER)), run(ERRORS))
    assert patterns(exact) == ["ERROR lease <number> is held by <name>"]
    assert patterns(short) == ["lease <number> is held by <name>"]
    assert exact.do is not None
    assert exact.do.target == Place(role=Role.NAMED, kind="Deployment")
    assert (exact.says, exact.provenance.by) == ("{blame} was it.", ("U0ADA",))
    hypothesis, finding = renamed(ERRORS, COMPLAINT)
    for lesson in (exact, short):
        found = find(lesson, [hypothesis], [finding])
        assert found is not None
        assert lesson.do is not None
        zuleba = Ref(kind="Deployment", name="zuleba", namespace="prod")
        assert repair(lesson.do, found, ()) == Restart(target=zuleba)


def test_the_program_s_words_tell_a_vague_suspicion_and_can_be_left_out() -> None:
    exact, bare = drafts(plan(WEB, Restart(target=WEB), Cause.APPLICATION_ERROR), run(ERRORS))
    assert patterns(exact) == ["ERROR lease <number> is held by holder"]
    assert patterns(bare) == []
    assert exact.do is not None
    assert exact.do.target == Place(role=Role.SUBJECT, kind="Deployment")


def test_a_container_is_taken_from_the_finding_that_names_it() -> None:
    probe = PatchProbe(target=WEB, container="nginx", kind="readinessProbe", timeout_seconds=5)
    exact, _ = drafts(plan(WEB, probe, Cause.READINESS_PROBE), run(UNREADY))
    assert exact.do is not None
    assert exact.do.arguments == (
        Argument(name="container", value=Taken(of=0, hole=0)),
        Argument(name="kind", value="readinessProbe"),
        Argument(name="timeout_seconds", value=5),
    )
    hypothesis, finding = renamed(UNREADY, READY)
    found = find(exact, [hypothesis], [finding])
    assert found is not None
    mended = repair(exact.do, found, ())
    assert isinstance(mended, PatchProbe)
    assert (mended.container, mended.target.name) == ("fire", "kabade")


def test_the_revision_is_left_to_the_analyzers() -> None:
    (told, *_) = drafts(plan(WEB, BACK, Cause.IMAGE_PULL), run(PULL))
    assert told.do is not None
    assert told.do.arguments == ()
    other = PULL.model_copy(update={"actions": (IMAGE, RollBack(target=WEB, revision=9))})
    found = find(told, [other], [])
    assert found is not None
    assert repair(told.do, found, other.actions) == RollBack(target=WEB, revision=9)


def test_whom_it_hurts_is_a_role_and_a_map_is_kept() -> None:
    action = PatchNodeSelector(target=WEB, node_selector={"disk": "nvme"})
    told = plan(WEB, action, Cause.NODE_CORDONED, ("do not uncordon",))
    (lesson,) = drafts(told, run(CORDON))
    assert [str(symptom) for symptom in lesson.signature.symptoms] == ["node-cordoned Node"]
    assert lesson.do is not None
    assert lesson.do.target == Place(role=Role.AFFECTED, kind="Deployment")
    assert lesson.do.arguments == (Argument(name="node_selector", value=(("disk", "nvme"),)),)
    assert [(look.probe, look.at.role) for look in lesson.look] == [("events", Role.SUBJECT)]
    assert NODE.name not in lesson.model_dump_json(exclude={"provenance"})


def test_what_only_a_probe_showed_is_looked_for_first() -> None:
    told = plan(WEB, Restart(target=WEB), Cause.READINESS_PROBE, ("walking the table",))
    (lesson,) = drafts(told, run(UNREADY, logged=(LOGGED,)))
    assert [(look.probe, look.text) for look in lesson.look] == [("search_logs", "walking the table")]
    (unseen,) = drafts(plan(WEB, Restart(target=WEB), phrases=("table is cold",)), run(UNREADY))
    assert [(look.probe, look.text) for look in unseen.look] == [("search_logs", "table is cold"), ("events", "")]
    (seen,) = drafts(plan(WEB, Restart(target=WEB), phrases=("held by holder",)), run(ERRORS))
    assert seen.look == ()


def test_what_the_run_did_in_vain_comes_last() -> None:
    trajectory = run(PULL, wrote=((IMAGE, Improvement.UNCHANGED),))
    (lesson, *_) = drafts(plan(WEB, BACK, Cause.IMAGE_PULL), trajectory)
    assert lesson.not_actions == ("set_image",)


def test_an_object_that_nothing_points_at_makes_no_lesson() -> None:
    nobody = Ref(kind="Deployment", name="nobody", namespace="prod")
    assert drafts(plan(nobody, Restart(target=nobody)), run(ERRORS)) == ()
    assert drafts(plan(API, Restart(target=API)), run(ERRORS))  # it suffers from the suspicion


def test_nothing_wrong_takes_the_words_that_tell_it() -> None:
    calm = Plan(anomaly=False, phrases=(), why="It is a drill.")
    exact, bare = drafts(calm, run(ERRORS))
    assert patterns(exact) == ["ERROR lease <number> is held by holder"]
    assert (exact.conclude.anomaly, exact.do, patterns(bare)) == (False, None, [])


def test_a_key_and_its_value_are_kept() -> None:
    config = Ref(kind="ConfigMap", name="holder", namespace="prod")
    (lesson, *_) = drafts(plan(config, SetConfigKey(target=config, key="MODE", value="a")), run(ERRORS))
    assert lesson.do is not None
    assert [(each.name, each.value) for each in lesson.do.arguments] == [("key", "MODE"), ("value", "a")]


def test_equal_lessons_are_known_whatever_their_words_and_origin() -> None:
    one, other = (drafts(plan(HOLDER, Restart(target=HOLDER)), run(ERRORS))[0] for _ in range(2))
    renamed_ = other.model_copy(update={"says": "x", "id": "les-9", "provenance": one.provenance})
    assert same_as(one) == same_as(renamed_)
    assert len({same_as(each) for each in drafts(plan(WEB, Restart(target=WEB)), run(ERRORS))}) == 2


def test_a_lesson_guides_the_run_that_it_was_made_of() -> None:
    trajectory = run(ERRORS)
    (lesson, *_) = drafts(plan(HOLDER, Restart(target=HOLDER)), trajectory)
    sight = guided(sight_of(trajectory).model_copy(update={"lessons": (lesson,)}))
    assert sight.hypotheses[0].actions == (Restart(target=HOLDER),)
    assert sight.hypotheses[0].statement == "holder was it."
