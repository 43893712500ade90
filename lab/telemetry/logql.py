"""The part of LogQL in use: `{label="x", other=~"y"} |= "text" != "text" |~ "pattern" !~ "pattern"`."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import promql_parser as promql

from lab.telemetry.promql.parse import matching, parse
from lab.telemetry.promql.values import PromqlError
from lab.telemetry.series import Labels

_SELECTOR = re.compile(r'\s*(\{(?:[^}"`]|"(?:[^"\\]|\\.)*"|`[^`]*`)*\})')
_FILTER = re.compile(r'\s*(\|=|!=|\|~|!~)\s*("(?:[^"\\]|\\.)*"|`[^`]*`)')
_ESCAPE = re.compile(r"\\(.)")
_SIGNS = {"n": "\n", "t": "\t", "r": "\r"}


class LogqlError(Exception):
    """A query that cannot be answered, in words like Loki's."""


@dataclass(frozen=True)
class LogQuery:
    """Which streams, and which of their lines."""

    chosen: Callable[[Labels], bool]
    filters: tuple[Callable[[str], bool], ...]

    def keeps(self, line: str) -> bool:
        """Whether every filter lets the line pass."""
        return all(test(line) for test in self.filters)


def parse_log_query(text: str) -> LogQuery:
    """Raises LogqlError for what is no LogQL, and for what of it is not supported."""
    found = _SELECTOR.match(text)
    if found is None:
        raise LogqlError(
            "parse error: queries begin with a stream selector; metric queries are not supported here"
        )
    chosen = _selector(found[1])
    filters, at = [], found.end()
    while text[at:].strip():
        step = _FILTER.match(text, at)
        if step is None:
            raise LogqlError(
                f"parse error: {text[at:].strip()[:40]!r} is not supported here; supported are |= != |~ !~"
            )
        filters.append(_filter(step[1], _unquoted(step[2])))
        at = step.end()
    return LogQuery(chosen, tuple(filters))


def _selector(text: str) -> Callable[[Labels], bool]:
    try:
        tree = parse(text.replace("`", '"'))
        if not isinstance(tree, promql.VectorSelector):
            raise LogqlError(f"parse error: {text!r} is no stream selector")
        return matching(tree)[1]
    except PromqlError as e:
        raise LogqlError(f"parse error: {text!r} is no stream selector with at least one equality") from e


def _filter(operator: str, wanted: str) -> Callable[[str], bool]:
    if operator == "|=":
        return lambda line: wanted in line
    if operator == "!=":
        return lambda line: wanted not in line
    try:
        pattern = re.compile(wanted)
    except re.error as e:
        raise LogqlError(f"parse error: {wanted!r} is no regular expression") from e
    if operator == "|~":
        return lambda line: pattern.search(line) is not None
    return lambda line: pattern.search(line) is None


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]
    return _ESCAPE.sub(lambda found: _SIGNS.get(found[1], found[1]), text[1:-1])
