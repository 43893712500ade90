"""Short forms of times, selectors and lists, as kubectl prints them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

NONE: Final = "<none>"


def duration(seconds: float) -> str:
    """`HumanDuration` of k8s.io/apimachinery: `45s`, `3m10s`, `5h`, `2d4h`."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    years, rest = days // 365, days % 365
    return f"{years}y{rest}d" if years < 8 and rest else f"{years}y"


def since(stamp: str | None, now: float) -> str:
    """How long ago an RFC 3339 time was."""
    if not stamp:
        return "<unknown>"
    return duration(now - epoch(stamp))


def epoch(stamp: str) -> float:
    """Epoch seconds of an RFC 3339 time."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def pairs(labels: Mapping[str, Any] | None) -> str:
    """`a=b,c=d`."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE


def selector(value: Mapping[str, Any] | None) -> str:
    """A LabelSelector as text."""
    parts = [f"{key}={text}" for key, text in sorted(((value or {}).get("matchLabels") or {}).items())]
    for each in (value or {}).get("matchExpressions") or ():
        values = ",".join(sorted(each.get("values") or ()))
        parts.append(
            {
                "In": f"{each['key']} in ({values})",
                "NotIn": f"{each['key']} notin ({values})",
                "Exists": each["key"],
            }.get(each["operator"], f"!{each['key']}")
        )
    return ",".join(parts) or NONE


def first_few(items: Iterable[str], most: int = 3) -> str:
    """`a,b,c + 2 more...`."""
    known = list(items)
    more = f" + {len(known) - most} more..." if len(known) > most else ""
    return (",".join(known[:most]) + more) or NONE
