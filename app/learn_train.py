"""`aoi learn train`: a training with its progress on the terminal."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from app.output import save
from app.settings import load_settings
from app.training import Order, train
from learn.grpo.progress import Event


async def run(order: Order, out: Path | None) -> int:
    """Train, show where it stands, and say where the adapter is. Raises what `train` raises."""
    console = Console()
    shown = Shown(console)
    with shown.progress:
        adapter = await train(load_settings(), order, shown.tell)
    console.print(f"The adapter is in {adapter}, its card in {order.out / 'card.json'}.", soft_wrap=True)
    save(out, json.dumps({"adapter": str(adapter), "card": json.loads((order.out / "card.json").read_text())}))
    return 0


class Shown:
    """A bar for each stage on a terminal, lines of JSON elsewhere."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} {task.fields[more]}"),
        )
        self._console = console
        self.progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._bars: dict[str, TaskID] = {}

    async def tell(self, event: Event) -> None:
        """Show an event."""
        if not self._console.is_terminal:
            self._console.print(json.dumps(asdict(event)), soft_wrap=True, highlight=False, markup=False)
            return
        if event.stage not in self._bars:
            self._bars[event.stage] = self.progress.add_task(event.stage, total=event.of, more="")
        self.progress.update(self._bars[event.stage], completed=event.step, more=_more(event))


def _more(event: Event) -> str:
    said = [f"reward {event.reward:.2f}" if event.reward is not None else ""]
    said += [f"{event.seconds_left:.0f} s left" if event.seconds_left is not None else ""]
    return ", ".join(part for part in said if part)
