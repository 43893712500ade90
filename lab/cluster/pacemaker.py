"""Keeps the controllers in step with the clock."""

import logging
import threading
from typing import Final

from lab.cluster.clock import VirtualClock
from lab.cluster.ports import WorldPort
from lab.cluster.store import Store, StoreEvent

LONGEST_WAIT: Final = 1.0
"""Wall seconds after which the loop looks anyway."""
log = logging.getLogger(__name__)


class Pacemaker:
    """Frozen clock: settles on every nudge. Running clock: a thread settles on changes and when a timer is due."""

    def __init__(self, world: WorldPort, clock: VirtualClock, store: Store) -> None:
        self._world = world
        self._clock = clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lab-controllers", daemon=True)
        store.subscribe(self._on_change)

    def nudge(self) -> None:
        """Something has changed."""
        if self._clock.speed is None:
            self._world.settle()
        else:
            self._wake.set()

    def start(self) -> None:
        """Start the thread, if the clock runs."""
        if self._clock.speed is not None:
            self._thread.start()

    def stop(self) -> None:
        """Stop the thread and wait for it."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _on_change(self, event: StoreEvent) -> None:
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            wait = LONGEST_WAIT
            try:
                self._world.settle()
                due = self._world.next_due()
            except Exception:  # a bug in one controller must not stop the world: log it and go on
                log.exception("the controllers failed")
            else:
                if due is not None and self._clock.speed is not None:
                    wait = min(wait, max(0.0, (due - self._clock.now()) / self._clock.speed))
            self._wake.wait(wait)
