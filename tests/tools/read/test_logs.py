"""A log as findings: counts, first and last time, the rare first, nothing merged that must stay apart."""

from domain.cluster import Ref, Severity
from tools.compress import compress_lines
from tools.read.logs import said

POD = Ref(kind="Pod", name="web-1", namespace="shop")


def told(lines: list[str]) -> list[tuple[Severity, str]]:
    return [(seen.severity, seen.text) for seen in said(POD, compress_lines(lines))]


def served(second: int, code: int = 200) -> str:
    return f'2026-11-22T10:00:{second:02d}Z INFO GET /cart/{second} HTTP/1.1" {code} {second}ms'


def test_counts_and_times_are_told_of_many_lines_and_the_time_of_one() -> None:
    lines = [served(second) for second in range(50)]
    lines.insert(20, "2026-11-22T10:00:19Z WARN pool is exhausted")
    assert told(lines) == [
        (Severity.WARNING, "Log (10:00:19): WARN pool is exhausted"),
        (Severity.INFO, 'Log (50 times, 10:00:00 to 10:00:49): INFO GET /cart/49 HTTP/1.1" 200 49ms'),
    ]


def test_a_rare_line_comes_before_frequent_ones_of_its_level() -> None:
    lines = [
        *(served(second) for second in range(50)),
        "INFO leader lost",
        *(served(second) for second in range(50)),
    ]
    assert told(lines)[0] == (Severity.INFO, "Log: INFO leader lost")


def test_each_level_and_each_status_code_is_a_sentence_of_its_own() -> None:
    lines = [served(second, code) for second in range(20) for code in (200, 404, 503)]
    lines += [f"{level} tick {number}" for number in range(9) for level in ("ERROR", "WARN", "INFO")]
    assert len(told(lines)) == 6
    assert [severity for severity, _ in told(lines)][:2] == [Severity.CRITICAL, Severity.WARNING]


def test_a_line_without_a_time_has_none_to_tell() -> None:
    assert told(["ERROR boom"]) == [(Severity.CRITICAL, "Log: ERROR boom")]


def test_a_log_of_two_days_names_them() -> None:
    lines = ["2026-11-21T23:59:59Z ERROR lost 1", "2026-11-22T00:00:01Z ERROR lost 2"]
    assert told(lines) == [(Severity.CRITICAL, "Log (2 times, 21 Nov 23:59:59 to 22 Nov 00:00:01): ERROR lost 2")]
