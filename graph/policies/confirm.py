"""The one round of probes that can confirm a suspicion before anything is proposed."""

from collections.abc import Iterator
from typing import assert_never

from domain.diagnosis import Hypothesis
from domain.ports import Sight
from domain.probes import (
    Events,
    Logs,
    NetworkPolicies,
    Nodes,
    ProbeCall,
    Quotas,
    RevisionDiff,
    ServiceWiring,
    Volumes,
)
from graph.policies.case import pods_cited
from graph.policies.texts import Confirm, Texts

SURE = 0.85
"""A hypothesis with this confidence needs no second look."""
_MOST = 3


def calls_for(sight: Sight, texts: Texts, hypothesis: Hypothesis) -> tuple[ProbeCall, ...]:
    """The probes that would help; empty when it is sure enough, none applies or the budget does not allow any."""
    if hypothesis.confidence >= SURE or sight.steps_left < 3:
        return ()
    return looks_at(sight, texts, hypothesis)[: min(_MOST, sight.probes_left)]


def looks_at(sight: Sight, texts: Texts, hypothesis: Hypothesis) -> tuple[ProbeCall, ...]:
    """Every probe that the table names for its cause, whatever the budget allows."""
    wanted = texts.causes[hypothesis.cause].confirm
    calls = [call for confirm in wanted for call in _calls(sight, hypothesis, confirm)]
    return tuple(dict.fromkeys(calls))


def _calls(sight: Sight, hypothesis: Hypothesis, confirm: Confirm) -> Iterator[ProbeCall]:
    subject = hypothesis.subject
    spaces = sight.incident.scope.namespaces
    space = subject.namespace or (spaces[0] if spaces else None)
    if space is None:
        return
    pods = pods_cited(sight.trajectory, hypothesis)[:1]
    match confirm:
        case Confirm.LOGS | Confirm.LOGS_PREVIOUS:
            for pod in pods:
                yield Logs(namespace=space, pod=pod.name, previous=confirm is Confirm.LOGS_PREVIOUS, tail=100)
        case Confirm.EVENTS:
            yield Events(namespace=space, subject=pods[0] if pods else subject)
        case Confirm.REVISION_DIFF:
            if subject.kind == "Deployment":
                yield RevisionDiff(workload=subject)
        case Confirm.SERVICE_WIRING:
            yield ServiceWiring(namespace=space, service=subject.name if subject.kind == "Service" else None)
        case Confirm.NETWORK_POLICIES:
            yield NetworkPolicies(namespace=space)
        case Confirm.VOLUMES:
            yield Volumes(namespace=space)
        case Confirm.QUOTAS:
            yield Quotas(namespace=space)
        case Confirm.NODES:
            yield Nodes(node=subject.name if subject.kind == "Node" else None)
        case _:
            assert_never(confirm)
