"""A retrain: from the runs of the week to a candidate that people may promote, one at a time."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from domain.base import Value


class Stage(StrEnum):
    """What a retrain is at, in this order."""

    WAITING = "waiting"
    """Nobody has taken it up yet."""
    EVOLVING = "evolving"
    """Failed runs become lessons and rows."""
    EXPORTING = "exporting"
    """Runs become data sets."""
    TRAINING = "training"
    EVALUATING = "evaluating"
    """Candidate and incumbent on held-out tasks."""


class Outcome(StrEnum):
    """How a retrain ended, or what it waits for."""

    NOTHING = "nothing"
    """There was nothing to learn from."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    WORSE = "worse"
    """The gate did not let the candidate through; it is kept with its report."""
    READY = "ready"
    """The gate let the candidate through; people decide."""
    PROMOTING = "promoting"
    """Somebody pressed Promote; the model servers are being asked."""
    PROMOTED = "promoted"
    REFUSED = "refused"
    """Somebody pressed Promote, and a model server did not take the candidate; the one before serves on."""
    DISCARDED = "discarded"


class Line(Value):
    """One row of the table before/after, as people read it."""

    name: str
    before: str
    after: str


class Harvest(Value):
    """What there was to learn from."""

    incidents: int = 0
    resolved: int = 0
    failed: int = 0
    """Runs with a failure that could teach something."""
    thumbs: int = 0
    lessons: int = 0
    """New ones that passed their judge."""
    rows: int = 0
    """Steps to train on."""


class Retrain(Value):
    """One retrain as it stands."""

    id: str
    key: str
    """The same key is the same retrain: a delivery of Slack, or `weekly:2026-W49`."""
    profile: str
    """Which configuration trains: `tiny`, `qwen3-14b`, …"""
    by: str
    """User id, `terminal:NAME` or `schedule`."""
    channel: str = ""
    """Where it is told; empty for one from the terminal."""
    thread: str = ""
    """The thread in which it was asked for; empty at the channel's root."""
    at: datetime
    stage: Stage = Stage.WAITING
    share: float = Field(default=0.0, ge=0, le=1)
    """How much of the stage is done."""
    words: str = ""
    """What it does just now, in a few words."""
    rewards: tuple[float, ...] = ()
    """Mean reward of the training steps so far, thinned to what a line can show."""
    seconds_left: float | None = None
    """Of the stage, as far as can be told."""
    harvest: Harvest = Harvest()
    outcome: Outcome | None = None
    """`None` while it runs."""
    why: str = ""
    """One sentence on the outcome."""
    candidate: str | None = None
    """Name of the adapter that it made."""
    table: tuple[Line, ...] = ()
    report: str = ""
    """Folder with the report and its pictures."""
    decided_by: str | None = None
    """Who promoted, discarded or cancelled it."""
    ended_at: datetime | None = None

    @property
    def running(self) -> bool:
        """Whether a worker has it, or is to take it up."""
        return self.outcome is None

    def at_stage(self, stage: Stage, words: str = "") -> Self:
        """At the beginning of a stage."""
        return self.model_copy(update={"stage": stage, "share": 0.0, "words": words, "seconds_left": None})

    def ended(self, outcome: Outcome, why: str, at: datetime, **more: object) -> Self:
        """At its end, or waiting for people."""
        fields = {"outcome": outcome, "why": why, "ended_at": at, "seconds_left": None, "words": ""}
        return self.model_copy(update={**fields, **more})
