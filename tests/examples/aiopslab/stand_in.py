"""A stand-in for AIOpsLab's orchestrator: its grammar with its bugs, its shell with its quirks, its grading.

Written from the behaviour of microsoft/AIOpsLab in 2026-08, of which it holds what an agent meets.
"""

import ast
import asyncio
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

REFUSED = ("kubectl edit", "edit svc", "kubectl port-forward", "docker logs -f", "kubectl logs -f")
SECONDS = 30
ASK = "Please take the next action"


class Agent(Protocol):
    async def get_action(self, state: str) -> str: ...


class Unparsable(Exception):
    """What the orchestrator says instead of an observation."""


@dataclass
class Orchestrator:
    """Runs one problem; `host` expands a command before the cluster's shell gets it, as `docker exec` does."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """What its shell knows besides: where kubectl is, and the cluster."""
    host: bool = True
    history: list[tuple[str, str]] = field(default_factory=list)
    solution: Any = None
    submitted: bool = False

    async def start_problem(self, agent: Agent, max_steps: int) -> int:
        """Ask until a submission or the last step; how many steps it took."""
        state = ASK
        for step in range(1, max_steps + 1):
            action = await agent.get_action(state)
            try:
                seen = await self.perform(action)
            except Unparsable as error:
                seen = str(error)
            self.history.append((action, seen))
            if self.submitted:
                return step
            state = f"{seen}\n{ASK}"
        return max_steps

    async def perform(self, action: str) -> str:
        name, arguments, keywords = parsed(action)
        if name == "submit":
            # A keyword submission is accepted, and what it holds is not kept.
            self.solution, self.submitted = (arguments[0] if len(arguments) == 1 else arguments), True
            return "1"
        if name == "exec_shell" and not keywords:
            return await asyncio.to_thread(self.exec_shell, arguments[0])
        raise Unparsable(f"Unknown API {name}")

    def exec_shell(self, command: str) -> str:
        if any(each in command for each in REFUSED):
            return "Error: this command is not allowed."
        escaped = command.replace('"', '\\"')
        line = f'sh -c "{escaped}"' if self.host else command
        env = {**os.environ, **self.environment}
        try:
            done = subprocess.run(line, shell=True, capture_output=True, timeout=SECONDS, env=env)
        except subprocess.TimeoutExpired as error:
            return f"Failed to execute command in Docker container: kind-control-plane\nError: {error}"
        # Whatever is on stderr hides the output.
        hidden = done.stderr or done.returncode != 0
        return (done.stderr if hidden else done.stdout).decode()


def parsed(response: str) -> tuple[str, list[Any], dict[str, Any]]:
    """Name, positional and keyword arguments. Raises Unparsable."""
    if len(re.findall(r"```\s*\n(.*?)\n```", response, re.DOTALL)) != 1:
        raise Unparsable("Format validation failure.")
    lines = response.split("\n")
    fences = [index for index, line in enumerate(lines) if "```" in line]
    body = "\n".join(lines[fences[0] + 1 : fences[1]])
    name, inside = body[: body.find("(")].strip(), body[body.find("(") + 1 : body.rfind(")")].strip()
    if not inside:
        return name, [], {}
    if name == "exec_shell":
        inside = inside.removeprefix("command=").strip()
        for quote in "\"'":
            if inside.startswith(quote) and inside.endswith(quote):
                # Every quote at the ends goes, also one that belonged to the command.
                return name, [inside.strip(quote).replace('\\"', '"').replace("\\'", "'")], {}
        raise Unparsable("commands must be quoted strings")
    try:
        call = ast.parse(f"f({inside})", mode="eval").body
        assert isinstance(call, ast.Call)
        positional = [ast.literal_eval(each) for each in call.args]
        return name, positional, {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError) as error:
        raise Unparsable(f"Error parsing response: {error}") from error


def detection(solution: Any, expected: str) -> bool:
    return isinstance(solution, str) and solution.strip().lower() == expected.lower()


def localization(solution: Any, expected: list[str]) -> bool:
    given = [solution] if isinstance(solution, str) else solution
    return bool(given) and (given == expected or (len(given) == 1 and given[0] in expected))


def analysis(solution: Any, level: str, kind: str) -> bool:
    """A missing or empty field breaks off the whole run."""
    given = (solution["system_level"].strip().lower(), solution["fault_type"].strip().lower())
    return bool(given == (level.lower(), kind.lower()))


def pods_pass(pods: list[dict[str, Any]]) -> bool:
    """One snapshot: crash back-off, a termination and an unready container each fail."""
    statuses = [status for pod in pods for status in pod["status"]["containerStatuses"]]
    return all(status["ready"] and "running" in status["state"] for status in statuses)
