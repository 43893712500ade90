"""Lessons in words for people. Plain text: the surface that shows it escapes it."""

from datetime import datetime

from domain.cluster import Ref
from domain.lessons import Do, Guidance, Lesson, Pairs, Place, Role, Taken
from domain.probes import ProbeCall
from graph.memory.words import day, load_words

_ROLES = {
    Role.SUBJECT: "the {kind} at fault",
    Role.BEHIND: "the {kind} behind the Service",
    Role.AFFECTED: "the {kind} that suffers",
    Role.POD: "its {kind}",
    Role.ABOUT: "the {kind} that the finding is about",
    Role.NAMED: "the {kind} that the finding names",
}


def origin(lesson: Lesson, now: datetime | None = None) -> str:
    """`a lesson from inc-… (3 May, @U0ADA)`; of several incidents the newest."""
    provenance = lesson.provenance
    more = f" and {len(provenance.incidents) - 1} more" if len(provenance.incidents) > 1 else ""
    by = "".join(f", @{user}" for user in provenance.by[-1:])
    newest = provenance.incidents[-1] if provenance.incidents else "nobody knows where"
    return f"a lesson from {newest}{more} ({day(lesson.created, now)}{by})"


def guidance_line(guidance: Guidance, now: datetime | None = None) -> str:
    """`By a lesson from …: the exporter holds the lease.`"""
    came = origin(guidance.lesson, now)
    if guidance.calls:
        looks = ", ".join(dict.fromkeys(probe_words(call) for call in guidance.calls))
        return f"{came[0].upper()}{came[1:]} may fit; I look first: {looks}."
    said = guidance.says.rstrip(".")
    return f"By {came}: {said}." if guidance.hypothesis else f"By {came}, nothing is wrong here: {said}."


def probe_words(call: ProbeCall) -> str:
    """`events of Node node-2`."""
    about = [
        value for name in ("subject", "target", "workload") if isinstance(value := getattr(call, name, None), Ref)
    ]
    pod = getattr(call, "pod", None)
    where = f" of {about[0]}" if about else f" of Pod {pod}" if pod else ""
    text = getattr(call, "text", None)
    return f"{call.probe.replace('_', ' ')}{where}{f' for “{text}”' if text else ''}"


def says_words(lesson: Lesson) -> str:
    """What it says, with `‹it›` and `‹the target›` for objects that only an incident names."""
    return lesson.says.replace("{blame}", "‹it›").replace("{target}", "‹the target›")


def when_words(lesson: Lesson) -> str:
    """`out-of-memory at a Deployment, and a finding says “route cache is unbounded”`."""
    signature = lesson.signature
    parts = [f"{symptom.cause.value} at a {symptom.kind}" for symptom in signature.symptoms]
    parts += [f"a finding says “{text.pattern}”" for text in signature.texts]
    parts += [f"no {symptom.cause.value} at a {symptom.kind}" for symptom in signature.absent]
    return " and ".join(parts)


def does_words(lesson: Lesson) -> str:
    """`restart the Deployment that the finding names`; what follows where nothing is to be done."""
    if not lesson.conclude.anomaly:
        return "say that nothing is wrong"
    if lesson.do is None:
        return "leave it to people"
    return f"{lesson.do.action.replace('_', ' ')} {place_words(lesson.do.target)}{_arguments(lesson.do)}"


def place_words(place: Place) -> str:
    """`the Deployment at fault`."""
    return _ROLES[place.role].format(kind=place.kind)


def not_words(lesson: Lesson) -> str:
    """`raising memory last`; empty where nothing comes last."""
    words = load_words().actions
    last = [words.get(kind, kind.replace("_", " ")) for kind in lesson.not_actions]
    last += [cause.value for cause in lesson.not_causes]
    return f"{', '.join(last)} last" if last else ""


def proof_words(lesson: Lesson) -> str:
    """`3 of 3 replays, then helped in 2 of 2 incidents`."""
    judged = lesson.provenance.judgement
    if judged is None:
        return "not judged yet"
    if judged.how == "rubric":
        said = "by the words of a person only"
    else:
        said = f"{judged.passed} of {judged.tried} replays"
    used = f", then helped in {lesson.successes} of {lesson.uses} incidents" if lesson.uses else ""
    return f"{said}{used}"


def _arguments(do: Do) -> str:
    given = [f"{one.name}={_written(one.value)}" for one in do.arguments if not isinstance(one.value, Taken)]
    return f" ({', '.join(given)})" if given else ""


def _written(value: str | int | Pairs | None) -> str:
    if isinstance(value, tuple):
        return ",".join(f"{key}={each}" for key, each in value)
    return str(value)
