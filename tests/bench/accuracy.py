"""Grouping accuracy, as the LogPAI papers define it."""

from collections import defaultdict
from collections.abc import Hashable, Sequence


def grouping_accuracy(groups: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    """The share of lines whose group holds exactly the lines of their statement, no more and no fewer.

    Source: Zhu et al., Tools and Benchmarks for Automated Log Parsing, ICSE-SEIP 2019.
    """
    truth = {tuple(lines) for lines in _lines_of(labels)}
    return sum(len(lines) for lines in _lines_of(groups) if tuple(lines) in truth) / len(labels)


def _lines_of(names: Sequence[Hashable]) -> list[list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for line, name in enumerate(names):
        found[name].append(line)
    return list(found.values())
