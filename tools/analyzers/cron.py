"""Schedules of CronJobs: five fields, of which the days and months are read."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ANY = ("*", "?")


def never_comes(schedule: str) -> bool:
    """Whether a schedule asks for days that none of its months has, such as 31 February.

    A day of the week beside a day of the month is an alternative to it, so such a schedule always comes.
    `False` for what is no schedule of five fields.
    """
    fields = schedule.lower().split()
    if len(fields) != 5 or fields[4] not in _ANY:
        return False
    days, months = _numbers(fields[2], 31), _numbers(_months_as_numbers(fields[3]), 12)
    return bool(days and months) and all(day > _LENGTHS[month - 1] for day in days for month in months)


def _months_as_numbers(field: str) -> str:
    for number, name in enumerate(_MONTHS, 1):
        field = field.replace(name, str(number))
    return field


def _numbers(field: str, most: int) -> set[int]:
    """What `*`, `1,15`, `1-5` or `*/2` stands for, from 1 on; empty when it cannot be read."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if first in _ANY:
            first, last = "1", str(most)
        elif step and not last:
            last = str(most)
        try:
            found.update(range(int(first), int(last or first) + 1, int(step or 1)))
        except ValueError:
            return set()
    return {number for number in found if 1 <= number <= most}
