"""When a figure of telemetry is worse than usual, by ratio, by amount and by chance.

Each judgement wants all three: a ratio, so that a large service may swing; an amount, so that a quiet one may;
and enough requests, so that bad luck is not called a fault.
"""

import math

from tools.signals import Course, Requests, Service

ERRORS: float = 0.02
"""Share of failed requests from which a service may be called failing."""
WORSE = 3.0
"""By how much the share of failed requests must have grown."""
FEWEST_FAILED = 3.0
"""Failed requests below which nothing is said."""
HARMLESS = 0.003
"""Share of requests that may fail in any program that works."""
CHANCE = 1e-4
"""Probability of a run of bad luck that is still taken for a fault."""
SLOWER = 2.0
"""By how much a mean latency must have grown."""
SLOWER_SECONDS = 0.05
"""And by how many seconds at least."""
TAIL_SLOWER = 5.0
"""The same of the slowest twentieth, which is noisier."""
TAIL_SLOWER_SECONDS = 0.5
FEWEST_REQUESTS = 5.0
"""Requests in a window below which a latency says nothing."""
NOISE = 1.3
"""By how much a figure must lie above anything in its past."""
CPU_WORSE, CPU_CORES = 3.0, 0.15
"""By how much, and by how many cores, the use of CPU must have risen."""
MEMORY_WORSE, MEMORY_BYTES = 1.3, 32 * 2**20
"""The same of memory, in bytes."""
SURGE = 2.5
"""By how much traffic must have grown."""
SURGE_RATE = 1.0
"""And by how many requests a second."""


def error_share(requests: Requests, window: float) -> float | None:
    """The share of requests that fail, when that is a fault; `None` while it may be usual or bad luck.

    `window` is the seconds of one value. Looks at the newest window alone and at all late ones together, as few
    requests take longer to speak.
    """
    failed, rate = requests.failed.lately, requests.rate.lately
    for count in dict.fromkeys((1, min(len(failed), len(rate)))):
        bad, total = sum(failed[-count:]) * window, sum(rate[-count:]) * window
        if count and total and _is_failing(bad, total, _usual_share(requests)) and requests.failed.now > 0:
            return min(1.0, bad / total)
    return None


def route_error_share(service: Service, window: float) -> float | None:
    """The largest share of failing requests of a single route, when that is a fault."""
    shares = (error_share(requests, window) for requests in service.routes.values())
    return max((share for share in shares if share), default=None)


def failing_share(service: Service, window: float) -> float | None:
    """The share of failing requests of a service, or of its worst route, when that is a fault."""
    return error_share(service.requests, window) or route_error_share(service, window)


def _usual_share(requests: Requests) -> float:
    rate, failed = requests.rate.usual, requests.failed.usual
    return failed / rate if rate and failed else 0.0


def _is_failing(bad: float, total: float, usual: float) -> bool:
    share = bad / total
    if bad < FEWEST_FAILED or share < ERRORS or share < WORSE * usual:
        return False
    return _by_chance(bad, total * max(usual, HARMLESS)) < CHANCE


def _by_chance(seen: float, expected: float) -> float:
    """The probability of at least `seen` (rounded down) rare events where `expected` are the rule (Poisson)."""
    if expected >= seen:
        return 1.0
    term, below = math.exp(-expected), 0.0
    for number in range(math.floor(seen)):
        below += term
        term *= expected / (number + 1)
    return max(0.0, 1.0 - below)


def extra_seconds(service: Service, window: float) -> float | None:
    """By how many seconds a service's answers take longer than usual; `None` when they do not, or are too few."""
    if service.requests.rate.now * window < FEWEST_REQUESTS:
        return None
    mean = risen(service.seconds, SLOWER, SLOWER_SECONDS)
    tail = risen(service.slowest, TAIL_SLOWER, TAIL_SLOWER_SECONDS)
    return mean if mean is not None else tail


def surge(service: Service) -> float | None:
    """How many times its usual requests a service gets; `None` while that is nothing special."""
    rate = service.requests.rate
    usual = rate.usual
    return rate.now / usual if usual and risen(rate, SURGE, SURGE_RATE) is not None else None


def risen(course: Course, ratio: float, amount: float) -> float | None:
    """By how much a figure lies above its usual value, when that is more than `ratio` and `amount` allow."""
    usual = course.usual
    if usual is None or course.now < ratio * usual or course.now < NOISE * course.highest:
        return None
    return course.now - usual if course.now - usual >= amount else None
