"""Lines of a log store, equal ones counted; it also has those of pods that are gone."""

import re
from collections import defaultdict
from datetime import UTC, datetime

from domain.cluster import Ref
from domain.probes import LogQuery
from tools.compress import compress_lines
from tools.read.logs import said
from tools.read.outcome import Observation, Outcome, count, in_turn
from tools.telemetry.loki import Stream
from tools.telemetry.servers import Servers

LINES = 1_000
"""Newest lines that are read."""
NOT_CONFIGURED = "No Loki is configured (AOI_LOKI_URL), so there are no kept logs to search."


async def run(servers: Servers, call: LogQuery, now: datetime) -> Outcome:
    """The lines by pod and container."""
    if servers.loki is None:
        return Outcome(NOT_CONFIGURED)
    end = now.timestamp()
    streams = await servers.loki.query_range(query_of(call), end - call.minutes * 60, end, LINES)
    what = f" with “{call.text}”" if call.text else ""
    total = sum(len(stream.lines) for stream in streams)
    if not total:
        return Outcome(f"There are no lines{what} in namespace {call.namespace} in the last {call.minutes} min.")
    merged: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for stream in streams:
        merged[_place(stream)] += stream.lines
    blocks: list[str] = []
    seen: list[tuple[Observation, ...]] = []
    for (pod, container), lines in sorted(merged.items()):
        lines.sort()
        blocks.append(f"{pod}/{container}:\n" + "\n".join(f"  {_time(at)} {text}" for at, text in lines))
        ref = Ref(kind="Pod", name=pod, namespace=call.namespace)
        seen.append(tuple(said(ref, compress_lines([text for _, text in lines]))))
    more = " or more" if total >= LINES else ""
    note = f"{count(total, 'line').capitalize()}{more}{what} of {count(len(merged), 'container')}"
    return Outcome(f"{note} in the last {call.minutes} min.", "\n".join(blocks), in_turn(seen))


def query_of(call: LogQuery) -> str:
    """The call as LogQL, with the labels that Loki's own agents set."""
    pod = f", pod=~{_quoted(re.escape(call.pod) + '.*')}" if call.pod else ""
    text = f" |= {_quoted(call.text)}" if call.text else ""
    return f"{{namespace={_quoted(call.namespace)}{pod}}}{text}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _place(stream: Stream) -> tuple[str, str]:
    labels = stream.labels
    return labels.get("pod") or labels.get("app") or "unknown", labels.get("container") or "-"


def _time(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).strftime("%H:%M:%S")
