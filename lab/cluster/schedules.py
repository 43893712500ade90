"""When a CronJob is due: cron expressions in a time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from domain.errors import BadInput

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
FIELDS = 5


class BadSchedule(BadInput):
    """The text is no cron expression; the message is the API server's."""


class BadTimeZone(BadInput):
    """There is no such time zone."""


@dataclass(frozen=True)
class Schedule:
    """A cron expression that is known to be good, and its zone."""

    expression: str
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, zone: str | None) -> "Schedule":
        """Raises BadSchedule and BadTimeZone. `zone` is a name such as `Europe/Berlin`; `None` is UTC."""
        expression = MACROS.get(text.strip(), text.strip()).replace("?", "*")
        fields = expression.split()
        if len(fields) != FIELDS:
            raise BadSchedule(f"expected exactly {FIELDS} fields, found {len(fields)}: [{' '.join(fields)}]")
        try:
            next(CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)))
        except (CronSimError, StopIteration) as error:
            raise BadSchedule(f"failed to parse {text!r}: {error or 'it is never due'}") from error
        try:
            return cls(expression, ZoneInfo(zone or "UTC"))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadTimeZone(f"unknown time zone {zone}") from error

    def after(self, at: float) -> float:
        """The first time after `at` (both epoch seconds)."""
        return next(self._times(at)).timestamp()

    def latest(self, since: float, until: float) -> float | None:
        """The last time after `since` and not after `until`; `None` when there is none."""
        last = next(self._times(until + 1, backwards=True)).timestamp()
        return last if last > since else None

    def count(self, since: float, until: float, most: int) -> int:
        """How many times lie after `since` and not after `until`, counted up to `most`."""
        found = 0
        for each in self._times(since):
            if each.timestamp() > until or found == most:
                break
            found += 1
        return found

    def _times(self, at: float, backwards: bool = False) -> Iterator[datetime]:
        return CronSim(self.expression, datetime.fromtimestamp(at, self.zone), reverse=backwards)
