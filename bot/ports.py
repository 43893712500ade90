"""What the bot needs of the graph and of learning."""

from typing import Protocol

from domain.actions import Action
from domain.approval import Verdict
from domain.digest import Digest
from domain.feedback import Feedback
from domain.incident import Incident, Request
from domain.journal import Trajectory, Unrated
from domain.lessons import Lesson
from domain.ports import Decided
from domain.proposal import Refusal
from domain.retrain import Retrain


class Service(Protocol):
    """The graph's front door, `graph.service.IncidentService`."""

    async def open(self, request: Request) -> Incident:
        """Open an incident; the same key opens the same one. Raises `BadInput` with the way out."""

    async def remark(self, incident_id: str, user: str, text: str, key: str) -> str:
        """Note a message of the thread and answer it from what is known, in plain text."""

    async def decide(
        self, proposal_id: str, verdict: Verdict, user: str, reason: str = "", glass: bool = False
    ) -> Decided | None:
        """Claim the decision, committed on return; `None` for an unknown proposal."""

    async def edit(self, proposal_id: str, action: Action, user: str) -> Decided | None:
        """Supersede a waiting proposal by an edited action."""

    async def undo(self, proposal_id: str, user: str, channel: str = "") -> Refusal | None:
        """Ask for the undo of an executed proposal, as a proposal of its own, in the incident's own channel."""

    async def rate(self, feedback: Feedback) -> None:
        """Keep a thumb."""

    async def unrate(self, incident_id: str, key: str, taken: Unrated) -> None:
        """Keep that a thumb was taken back; `key` is the delivery's."""

    async def trajectory(self, incident_id: str) -> Trajectory | None:
        """The run so far, or `None` for an unknown incident."""

    async def latest(self, limit: int, unfinished: bool = False) -> tuple[Incident, ...]:
        """The newest incidents."""

    async def by_thread(self, channel: str, thread: str) -> Incident | None:
        """The newest incident of a thread, or `None`."""


class Book(Protocol):
    """The team's lessons, `graph.lessons.service.LessonBook`; who may is asked before."""

    async def all(self) -> tuple[Lesson, ...]:
        """Those that guide or may come to, newest first."""

    async def get(self, lesson_id: str) -> Lesson:
        """One lesson. Raises `BadInput` for an id that is not known."""

    async def retire(self, lesson_id: str, by: str, why: str) -> Lesson:
        """Let a lesson guide nobody any more. Raises `BadInput` with the way out."""

    async def edit(
        self, lesson_id: str, by: str, says: str, advice: str, patterns: tuple[str, ...], days: int
    ) -> Lesson:
        """Put other words, texts or another expiry in place. Raises `BadInput` with the way out."""


class Learning(Protocol):
    """What AOI learns, as people ask for it; who may is asked before."""

    async def start(self, key: str, profile: str, user: str, channel: str, thread: str) -> Retrain:
        """Begin a retrain, `profile` empty for the usual one.

        Where one runs already, or has the same key, that one comes back.

        Raises:
            BadInput: there is no such profile, or this AOI cannot train.
        """

    async def cancel(self, user: str, retrain_id: str = "") -> Retrain | None:
        """Stop this one, or the one that runs; `None` when there is none to stop."""

    async def promote(self, retrain_id: str, user: str) -> Retrain | None:
        """Let the candidate decide from now on, once every model server has proved it; that may take minutes.

        `None` when there is nothing to promote. The same click again goes on with what it began.
        """

    async def discard(self, retrain_id: str, user: str) -> Retrain | None:
        """Leave the candidate; `None` when there is nothing to discard."""

    async def latest(self, limit: int) -> tuple[Retrain, ...]:
        """Newest first."""

    async def week(self) -> Digest:
        """What the last seven days brought."""
