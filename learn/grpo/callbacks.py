"""What listens to a trainer: progress, and the guard against a reward that says nothing."""

import time
from typing import Any

from transformers import TrainerCallback

from domain.errors import BadInput
from learn.grpo.progress import Event, Pace, Sink

_PATIENCE = 5
"""Steps from the first that may pass without one group in which two rewards differ."""


class Progress(TrainerCallback):  # type: ignore[misc]
    """Tells where a stage stands, from the first process alone."""

    def __init__(self, stage: str, sink: Sink) -> None:
        self._stage, self._sink, self._pace = stage, sink, Pace(time.monotonic)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_more: Any) -> None:
        """One event a logged step."""
        if not state.is_world_process_zero or not logs or not ({"reward", "loss"} & logs.keys()):
            return
        left = self._pace.left(state.global_step, state.max_steps)
        reward, loss = logs.get("reward"), logs.get("loss")
        self._sink(Event(self._stage, state.global_step, state.max_steps, reward, loss, left))


class Guard(TrainerCallback):  # type: ignore[misc]
    """Ends a GRPO that cannot learn."""

    def __init__(self) -> None:
        self._flat = 0

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_more: Any) -> None:
        """Raises BadInput after the first steps, when every reward in every group was the same."""
        if not logs or "frac_reward_zero_std" not in logs:
            return
        learning = logs["frac_reward_zero_std"] < 1.0
        self._flat = -1 if learning or self._flat < 0 else self._flat + 1
        if self._flat >= _PATIENCE:
            raise BadInput(
                f"The reward was the same for every completion of every group over {_PATIENCE} steps, so nothing "
                "can be learnt; check the references of the rows, or warm the model up on more varied steps."
            )
