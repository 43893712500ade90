"""What all rules for one line share."""

import re
from collections.abc import Callable

Rule = Callable[[str], str]
"""From a line to the line without the secrets that the rule finds."""
Match = re.Match[str]


def keeping(pattern: re.Pattern[str], kind: str, judge: Callable[[str], bool] = bool) -> Rule:
    """Keeps the first group and replaces the second, when `judge` says that it can be a secret."""
    by = f"[redacted:{kind}]"
    return lambda line: pattern.sub(lambda m: f"{m[1]}{by}" if judge(m[2]) else m[0], line)


def by(pattern: re.Pattern[str], put: str | Callable[[Match], str]) -> Rule:
    """Replaces every match."""
    return lambda line: pattern.sub(put, line)
