"""The figures of a suite run, against numbers worked out by hand."""

from app.results import EpochResult, SuiteResult, TaskResult


def task(name: str, kind: str, *successes: bool) -> TaskResult:
    epochs = tuple(EpochResult(success=s, steps=4, seconds=0.5) for s in successes)
    return TaskResult(id=name, type=kind, fault="scale_to_zero", app="shop", epochs=epochs)


def test_the_rates_are_those_of_the_papers() -> None:
    tasks = (
        task("a", "mitigation", True, False),
        task("b", "mitigation", True, True),
        task("c", "detection", False, False),
    )
    summary = SuiteResult(suite="basics", policy="playbook", seed=0, seconds=3.0, tasks=tasks).contract()[
        "summary"
    ]
    assert summary["best_at_k"] == 2 / 3
    assert summary["avg_at_k"] == 0.5
    assert summary["avg_at_1"] == 2 / 3
    assert summary["std"] == (2 / 3 - 1 / 3) / 2
    assert summary["by_type"]["mitigation"] == {"tasks": 2, "best_at_k": 1.0, "avg_at_k": 0.75}


def test_the_contract_has_every_key_that_scripts_read() -> None:
    result = SuiteResult(
        suite="basics", policy="playbook", seed=7, seconds=1.0, tasks=(task("a", "analysis", True),)
    )
    contract = result.contract()
    assert set(contract) == {"suite", "policy", "epochs", "seed", "summary", "tasks"}
    assert set(contract["summary"]) == {
        "tasks", "best_at_k", "avg_at_k", "avg_at_1", "std", "by_type",
        "steps_mean", "tokens_in", "tokens_out", "seconds",
    }  # fmt: skip
    assert contract["tasks"] == [
        {
            "id": "a",
            "type": "analysis",
            "fault": "scale_to_zero",
            "app": "shop",
            "success": [True],
            "steps": [4],
            "seconds": [0.5],
        }
    ]
