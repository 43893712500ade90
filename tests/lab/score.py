"""Hold the lab to its promises: `python -m tests.lab.score [EPOCHS]`, behind `make test-lab`.

The playbook solves the basics with an avg@k of at least 0.9, and the same within three points when every service,
namespace and label is renamed. The graders of the benchmark judge every trial rightly, under both kinds of names.
"""

import json
import sys
from pathlib import Path
from typing import Any

from app.cli import main as aoi

BUILD = Path("build")
ENOUGH = 0.9
NEAR = 0.03


def run(name: str, epochs: int, *more: str) -> dict[str, Any]:
    """One run of the suite; its summary."""
    BUILD.mkdir(exist_ok=True)
    file = BUILD / f"{name}.json"
    status = aoi(
        [
            "lab",
            "run",
            "--suite",
            "basics",
            "--policy",
            "playbook",
            "--epochs",
            str(epochs),
            "--json",
            str(file),
            *more,
        ]
    )
    if status != 0:
        raise SystemExit(status)
    summary: dict[str, Any] = json.loads(file.read_text())["summary"]
    return summary


def judge(named: dict[str, Any], renamed: dict[str, Any]) -> list[str]:
    """What does not hold, in sentences."""
    wrong = []
    if named["avg_at_k"] < ENOUGH:
        wrong.append(f"avg@k is {named['avg_at_k']:.3f}, and {ENOUGH} is promised.")
    if abs(named["avg_at_k"] - renamed["avg_at_k"]) > NEAR:
        wrong.append(f"renamed, avg@k moves from {named['avg_at_k']:.3f} to {renamed['avg_at_k']:.3f}.")
    return wrong


def graders_are_right(suite: str, seeds: int, *more: str) -> bool:
    """Whether validation finds no wrong judgement; it prints those that it finds."""
    return aoi(["lab", "validate", "--suite", suite, "--seeds", str(seeds), *more]) == 0


def main() -> int:
    """Run both ways, grade the graders, and say whether the promises hold."""
    epochs = int(sys.argv[1]) if sys.argv[1:] else 3
    wrong = judge(run("basics", epochs), run("basics-renamed", epochs, "--rename", "--seed", "100"))
    if not (graders_are_right("aiopslab-86", 5) and graders_are_right("aiopslab-86", 2, "--rename")):
        wrong.append("A grader of aiopslab-86 judges wrongly.")
    print("\n".join(wrong) or "The promises hold.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
