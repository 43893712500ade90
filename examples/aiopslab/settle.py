"""Before a mitigation is submitted: wait until every pod is ready, for AIOpsLab takes one snapshot.

A pod that crashed so often that Kubernetes lets it wait five minutes is deleted once a repair was made: its
successor starts at once.
"""

import json
from typing import Any

from domain.ports import Clock
from examples.aiopslab.calls import Call
from examples.aiopslab.proxy import Run

PAUSE_SECONDS = 10.0
ENOUGH_SECONDS = 150.0
LOOKS = 6
"""Most steps that are spent on looking."""


async def settle(run: Run, clock: Clock, namespace: str, repaired: bool) -> bool:
    """Wait; whether every pod was ready at the end."""
    began, deleted = clock.monotonic(), set[str]()
    for _ in range(LOOKS):
        result = await run(Call(("get", "pods", "-n", namespace, "-o", "json")))
        if result.code != 0:
            return False
        unready = [pod for pod in json.loads(result.output)["items"] if not _is_ready(pod)]
        if not unready:
            return True
        if clock.monotonic() - began > ENOUGH_SECONDS:
            return False
        stuck = [pod["metadata"]["name"] for pod in unready if _waits_long(pod)] if repaired else []
        if fresh := [name for name in stuck if name not in deleted]:
            deleted.update(fresh)
            await run(Call(("delete", "pod", "-n", namespace, "--wait=false", *fresh), changes=True))
        await clock.sleep(PAUSE_SECONDS)
    return False


def _is_ready(pod: dict[str, Any]) -> bool:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return bool(statuses) and all(status.get("ready") for status in statuses)


def _waits_long(pod: dict[str, Any]) -> bool:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return any((s.get("state", {}).get("waiting") or {}).get("reason") == "CrashLoopBackOff" for s in statuses)
