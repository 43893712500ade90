"""Names that travel to Slack and back: buttons, forms, message keys, topics of the bell."""

from enum import StrEnum

OUTBOX = "outbox"
INBOX = "inbox"
RETRAINS = "retrains"
"""Topics of the bell."""

COMMAND = "/aoi"

OUTCOME = "outcome"
"""The feedback target that means the whole run."""


class Press(StrEnum):
    """`action_id` of each button; the value is the id of what it is about, or both halves of a thumb."""

    APPROVE = "aoi.approve"
    REJECT = "aoi.reject"
    EDIT = "aoi.edit"
    GLASS = "aoi.glass"
    UNDO = "aoi.undo"
    UP = "aoi.thumb.up"
    DOWN = "aoi.thumb.down"
    EVIDENCE = "aoi.evidence"
    PROMOTE = "aoi.promote"
    DISCARD = "aoi.discard"
    STOP = "aoi.retrain.stop"
    """Of a retrain: cancel it."""
    LESSON_EDIT = "aoi.lesson.edit"
    LESSON_RETIRE = "aoi.lesson.retire"
    RAW = "aoi.raw"
    """Stands beside a finding, in a card or a modal; the value is an incident id and an artifact id."""


class Form(StrEnum):
    """`callback_id` of each modal."""

    REJECT = "aoi.form.reject"
    EDIT = "aoi.form.edit"
    GLASS = "aoi.form.glass"
    CORRECT = "aoi.form.correct"
    LESSON_EDIT = "aoi.form.lesson.edit"
    LESSON_RETIRE = "aoi.form.lesson.retire"
    READ = "aoi.form.read"
    """A modal that only shows something."""


class Card(StrEnum):
    """First half of a message key."""

    STATUS = "status"
    PROPOSAL = "proposal"
    RESULT = "result"
    REPORT = "report"
    HELD = "held"
    ANSWER = "answer"
    LESSONS = "lessons"
    OPENER = "opener"
    RETRAIN = "retrain"

    def key(self, *rest: str) -> str:
        """The key of one message, which is also the block id that finds it again."""
        return ":".join([self.value, *rest])


def thumb_value(incident_id: str, target: str) -> str:
    """What a thumb button carries."""
    return f"{incident_id} {target}"


def split_thumb(value: str) -> tuple[str, str] | None:
    """Incident id and feedback target of a thumb button, or `None` for a value that is not ours."""
    incident_id, _, target = value.partition(" ")
    known = target == OUTCOME or (target.startswith("step:") and target[5:].isdigit())
    return (incident_id, target) if incident_id and known else None
