"""What an action would come to, asked of the executor: a process without the writer cannot try it."""

from datetime import datetime

from domain.actions import Action
from domain.base import Value
from domain.cluster import Scope
from domain.proposal import Plan, Refusal


class PlanRequest(Value):
    """One question to whatever executor runs; nobody takes it up once it has expired."""

    id: str
    scope: Scope
    """The namespaces of the incident that it is asked for."""
    action: Action
    asked_at: datetime
    expires_at: datetime


class PlanAnswer(Value):
    """What has become of a question."""

    executor: str | None = None
    """Who looks into it; `None` while nobody has taken it."""
    plan: Plan | Refusal | None = None
    """`None` while there is no answer."""
