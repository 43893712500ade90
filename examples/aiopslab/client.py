"""AIOpsLab's side: runs problems with AOI, which has an environment of its own, for their pins clash.

Copy nothing and install nothing here: this file needs the standard library, and AIOpsLab to run problems.

    python /path/to/aoi/examples/aiopslab/client.py --aoi-python /path/to/aoi/.venv/bin/python --problems '*'
"""

import argparse
import asyncio
import fnmatch
import json
import sys
import traceback
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
LINE_BYTES = 64 * 1024 * 1024


class Aoi:
    """An agent as AIOpsLab wants one; one process a problem."""

    def __init__(self, python: str, problem: str, max_steps: int) -> None:
        """`python` is the interpreter of AOI's environment."""
        self._python = python
        self._start = {"problem": problem, "max_steps": max_steps, "description": ""}
        self._process: asyncio.subprocess.Process | None = None

    def init_context(self, problem_desc: str, instructions: str, apis: object) -> None:
        """What AIOpsLab tells agents; the description names the namespace, the rest AOI knows."""
        self._start["description"] = problem_desc

    async def get_action(self, state: str) -> str:
        """The next action. Raises RuntimeError when AOI's process has ended or says why it cannot go on."""
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                self._python,
                "-m",
                "examples.aiopslab",
                cwd=REPOSITORY,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_BYTES,
            )
            await self._tell(self._start)
        await self._tell({"state": state})
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "AOI's process ended without an answer; see its stderr."}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        action: str = answer["action"]
        return action

    async def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), 20)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _tell(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()


async def solve(orchestrator: Any, agent: Aoi, max_steps: int) -> dict[str, Any]:
    """Let the orchestrator ask until the end of the problem; its results."""
    try:
        outcome: dict[str, Any] = await orchestrator.start_problem(max_steps=max_steps)
        return outcome
    finally:
        await agent.close()


def run_one(problem: str, python: str, max_steps: int, results: Path) -> dict[str, Any]:
    """One problem from its deployment to its grade, or what went wrong with it."""
    from aiopslab.orchestrator import Orchestrator

    agent = Aoi(python, problem, max_steps)
    try:
        orchestrator = Orchestrator(results_dir=results)
        orchestrator.register_agent(agent, name="aoi")
        agent.init_context(*orchestrator.init_problem(problem))
        outcome = asyncio.run(solve(orchestrator, agent, max_steps))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one broken problem must not end the others
        traceback.print_exc()
        return {"problem": problem, "error": f"{type(error).__name__}: {error}"}
    return {"problem": problem, "results": outcome["results"]}


def main() -> int:
    """Run problems one after another; a line of JSON for each goes to `aoi.jsonl` in the folder of the results."""
    parser = argparse.ArgumentParser(description="Run AIOpsLab's problems with AOI.")
    parser.add_argument("--aoi-python", required=True, help="the Python of AOI's environment")
    parser.add_argument("--problems", default="*", help="a pattern of problem ids")
    parser.add_argument("--max-steps", type=int, default=30)
    parser.add_argument("--results", type=Path, default=Path("aoi-results"))
    asked = parser.parse_args()

    from aiopslab.orchestrator.problems.registry import ProblemRegistry

    known = ProblemRegistry().get_problem_ids()
    chosen = [problem for problem in known if fnmatch.fnmatchcase(problem, asked.problems)]
    asked.results.mkdir(parents=True, exist_ok=True)
    failed = 0
    for problem in chosen:
        row = run_one(problem, asked.aoi_python, asked.max_steps, asked.results)
        failed += "error" in row
        with (asked.results / "aoi.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")
    sys.stderr.write(f"{len(chosen)} problems, {failed} of them broken; see {asked.results}/aoi.jsonl.\n")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
