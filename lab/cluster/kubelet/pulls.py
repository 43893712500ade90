"""Pulling images: present, pulled, or ErrImagePull and ImagePullBackOff until it works (pkg/kubelet/images)."""

from typing import Literal

from lab.cluster import images
from lab.cluster.behaviour import Behaviour
from lab.cluster.context import Context
from lab.cluster.kubelet.backoff import BackOff, spelled
from lab.cluster.kubelet.state import ContainerState, Pull, Runtime
from lab.cluster.kubelet.voice import Voice
from lab.cluster.ports import Object
from lab.cluster.scripted import behaviour_of
from lab.cluster.texts import Text

FAILING_SECONDS = 1.0
"""How long a registry takes to say no."""
EVENT_SECONDS = 13.0
"""How often a back-off is told: the kubelet's sync period, 10 s and some."""


class Puller:
    """Brings images onto nodes."""

    def __init__(self, context: Context, runtime: Runtime) -> None:
        self._store, self._clock = context.store, context.clock
        self._texts, self._rng = context.texts, context.rng
        self._runtime = runtime

    def step(self, pod: Object, spec: Object, state: ContainerState, voice: Voice) -> float | None:
        """Go on with the pull. Answers when to look again (epoch seconds), or `None` once the image is there."""
        pull, image, now = state.pull, spec["image"], self._clock.now()
        if image != state.image:
            state.image = image
            state.pull = pull = Pull()
        if pull.done:
            return None
        name = images.parse(image)
        if name is None:
            return self._invalid(spec, state, voice)
        behaviour = behaviour_of(self._runtime.behaviours, pod, spec)
        if pull.finishes_at is not None:
            if now < pull.finishes_at:
                return pull.finishes_at
            return self._finish(pod, spec, state, voice, name, behaviour)
        if now < pull.retry_at:
            return self._hold(spec, state, voice)
        policy = spec.get("imagePullPolicy", "IfNotPresent")
        present = name.canonical in self._runtime.images[pod["spec"]["nodeName"]]
        if policy == "Never" and not present:
            return self._never(spec, state, voice)
        if present and policy != "Always":
            voice.normal("Pulled", self._texts.say(Text.ALREADY_PRESENT, image=image))
            pull.done = True
            return None
        absent = [each for each in _pull_secrets(pod) if not self._is_there(pod, each)]
        if absent:
            text = self._texts.say(Text.PULL_SECRET_MISSING, names=", ".join(absent))
            voice.whole.warning("FailedToRetrieveImagePullSecret", text)
        voice.normal("Pulling", self._texts.say(Text.PULLING, image=image))
        fine = self._outcome(pod, behaviour, name) == "ok"
        pull.started_at = now
        pull.finishes_at = now + (self._seconds(behaviour, present) if fine else FAILING_SECONDS)
        return pull.finishes_at

    def _outcome(
        self, pod: Object, behaviour: Behaviour, name: images.ImageName
    ) -> Literal["ok", "missing", "denied"]:
        """What the registry says; where it asks for credentials, a pull Secret of the pod's gives them."""
        outcome = behaviour.pull_outcome(name)
        if outcome == "denied" and any(self._is_there(pod, each) for each in _pull_secrets(pod)):
            return "ok"
        return outcome

    def _is_there(self, pod: Object, secret: str) -> bool:
        held = self._store.get("Secret", pod["metadata"]["namespace"], secret)
        return held is not None and held.get("type") in (
            "kubernetes.io/dockerconfigjson",
            "kubernetes.io/dockercfg",
        )

    def _seconds(self, behaviour: Behaviour, present: bool) -> float:
        """How long a pull takes, in steps of 0.1 s: only the manifest when the layers are there, else by size."""
        if present:
            return 0.2 + self._rng.randrange(3) / 10
        return 0.5 + round(min(behaviour.size / 60e6, 8), 1) + self._rng.randrange(5) / 10

    def _finish(
        self,
        pod: Object,
        spec: Object,
        state: ContainerState,
        voice: Voice,
        name: images.ImageName,
        behaviour: Behaviour,
    ) -> float | None:
        pull, image, now = state.pull, spec["image"], self._clock.now()
        pull.finishes_at = None
        outcome = self._outcome(pod, behaviour, name)
        if outcome == "ok":
            took = spelled(round(now - pull.started_at + self._rng.randrange(100) / 1000, 3))
            voice.normal("Pulled", self._texts.say(Text.PULLED, image=image, took=took, size=behaviour.size))
            self._runtime.images[pod["spec"]["nodeName"]].add(name.canonical)
            pull.done, pull.back_off = True, BackOff()
            return None
        text = Text.PULL_NOT_FOUND if outcome == "missing" else Text.PULL_DENIED
        pull.error = self._texts.say(text, image=name.canonical)
        voice.warning("Failed", self._texts.say(Text.FAILED_TO_PULL, image=image, error=pull.error))
        voice.warning("Failed", self._texts.say(Text.ERROR, error="ErrImagePull"))
        state.waiting_reason, state.waiting_message = "ErrImagePull", pull.error
        pull.retry_at = now + pull.back_off.next(now)
        pull.next_event_at = now + 1
        return pull.next_event_at

    def _hold(self, spec: Object, state: ContainerState, voice: Voice) -> float:
        pull, image, now = state.pull, spec["image"], self._clock.now()
        if now >= pull.next_event_at:
            state.waiting_reason = "ImagePullBackOff"
            state.waiting_message = self._texts.say(Text.BACK_OFF_PULL_WAITING, image=image, error=pull.error)
            voice.normal("BackOff", self._texts.say(Text.BACK_OFF_PULL, image=image))
            voice.warning("Failed", self._texts.say(Text.ERROR, error="ImagePullBackOff"))
            pull.next_event_at = now + EVENT_SECONDS
        return min(pull.next_event_at, pull.retry_at)

    def _never(self, spec: Object, state: ContainerState, voice: Voice) -> float:
        message = self._texts.say(Text.NEVER_PULL, image=spec["image"])
        return self._refuse(state, voice, "ErrImageNeverPull", message)

    def _invalid(self, spec: Object, state: ContainerState, voice: Voice) -> float:
        message = self._texts.say(Text.INVALID_IMAGE_NAME, image=spec["image"])
        return self._refuse(state, voice, "InvalidImageName", message, event="InspectFailed")

    def _refuse(
        self, state: ContainerState, voice: Voice, reason: str, message: str, event: str | None = None
    ) -> float:
        now = self._clock.now()
        if now >= state.pull.next_event_at:
            voice.warning(event or reason, message)
            voice.warning("Failed", self._texts.say(Text.ERROR, error=reason))
            state.waiting_reason, state.waiting_message = reason, message
            state.pull.next_event_at = now + EVENT_SECONDS
        return state.pull.next_event_at


def _pull_secrets(pod: Object) -> list[str]:
    return [each["name"] for each in pod["spec"].get("imagePullSecrets") or () if each.get("name")]
