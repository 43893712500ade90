import random
import tracemalloc
from datetime import UTC, datetime
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from tools.compress import Level, compress_lines, level_of, stamp_of


def test_equal_shapes_are_counted_with_their_first_and_last_line() -> None:
    lines = [f"2026-11-22T10:00:0{i}Z INFO served order {i}00 in {i}ms" for i in range(5)]
    (template,) = compress_lines(lines)
    assert template.template == "INFO served order <*> in <*>"
    assert (template.count, template.level) == (5, Level.INFO)
    assert (template.first, template.last) == (lines[0], lines[-1])
    assert (template.first_at, template.last_at) == (0, 4)


def test_status_codes_are_never_merged() -> None:
    lines = [f'GET /cart/{i} HTTP/1.1" {code} 12ms' for i in range(50) for code in (200, 404, 503)]
    assert sorted(t.template.split()[3] for t in compress_lines(lines)) == ["200", "404", "503"]
    for name in ("status=", '"status": ', "exit code ", "code="):
        assert len(compress_lines([f"{name}{code} n={i}" for i in range(9) for code in (2, 137)])) == 2


def test_levels_are_never_merged() -> None:
    words = ("ERROR", "WARN", "INFO", "DEBUG")
    lines = [f"{words[i % 4]} tick {i}" for i in range(400)]
    templates = compress_lines(lines)
    assert [(t.level, t.count) for t in templates] == [
        (Level.ERROR, 100), (Level.WARNING, 100), (Level.INFO, 100), (Level.DEBUG, 100),
    ]  # fmt: skip


def test_a_place_with_many_words_is_variable_and_one_with_few_is_not() -> None:
    users = [f"INFO user={name} logged in" for name in ("ann", "bob", "cy", "dee", "eve", "fay", "gus")]
    states = ["INFO payment accepted now", "INFO payment declined now"]
    templates = [t.template for t in compress_lines(users + states)]
    assert templates == ["INFO user=<*> logged in", "INFO payment accepted now", "INFO payment declined now"]


def test_a_rare_line_survives_a_flood() -> None:
    chance = random.Random(7)
    lines = [f"INFO GET /item/{chance.randrange(10**6)} 200 {chance.randrange(99)}ms" for _ in range(5000)]
    lines.insert(2500, "ERROR disk quota exceeded on /data")
    found = compress_lines(lines)
    assert len(found) == 2
    assert found[1].first == "ERROR disk quota exceeded on /data"


def test_ids_addresses_and_times_are_variable() -> None:
    lines = [
        f"trace=4bf92f3577b34da6a3ce929d0e0e47{i:02d} from 10.0.0.{i}:8080 at 2026-11-22 10:00:{i:02d}"
        for i in range(10, 30)
    ]
    assert [t.template for t in compress_lines(lines)] == ["trace=<*> from <*> at <*>"]


def test_the_first_and_last_time_are_those_of_the_lines() -> None:
    lines = [
        "2026-11-22T10:00:00.5Z ERROR lost peer 7",
        "2026-11-22T12:03:09+02:00 ERROR lost peer 8",
        '10.0.0.1 - - [22/Nov/2026:10:05:00 +0000] "GET / HTTP/1.1" 200 1',
        '{"level":30,"time":1795341900250,"msg":"ready"}',
        "no time in here",
    ]
    spans = [(t.since, t.until) for t in compress_lines(lines)]
    day = partial(datetime, 2026, 11, 22, tzinfo=UTC)
    web = day(10, 5)
    epoch = datetime.fromtimestamp(1795341900.25, UTC)
    assert spans == [(day(10, 0, 0, 500_000), day(10, 3, 9)), (web, web), (epoch, epoch), (None, None)]
    assert stamp_of("2026-02-31 10:00:00 no such day") is None


def test_two_variable_words_in_one_line_are_found() -> None:
    """No two of these lines differ in one place only."""
    lines = [f"login of {''.join(chr(97 + n % 26) * 4)} from host {chr(97 + n // 2) * 3} done" for n in range(20)]
    assert [t.template for t in compress_lines(lines)] == ["login of <*> from host <*> done"]


def test_codes_are_kept_apart_on_the_short_ways_too() -> None:
    """The thousandth line of a shape is no longer read in full."""
    chance = random.Random(3)
    words = ["".join(chance.choices("abcdefghij", k=6)) for _ in range(200)]
    codes = [chance.choice((200, 404, 503)) for _ in range(3000)]
    lines = [
        f'{{"level":"info","user":"{chance.choice(words)}","id":{n},"status":{c}}}' for n, c in enumerate(codes)
    ]
    lines += [f'{{"level":"error","user":"{word}","id":1,"status":200}}' for word in words]
    found = {(t.level, t.template.rpartition(":")[2]): t.count for t in compress_lines(lines)}
    expected = {(Level.INFO, f"{code}}}"): codes.count(code) for code in (200, 404, 503)}
    assert found == expected | {(Level.ERROR, "200}"): len(words)}


def test_memory_is_for_templates_not_for_lines() -> None:
    """A stream is never held: these lines alone would take about three megabytes."""
    chance, count = random.Random(5), 30_000
    tracemalloc.start()
    lines = (f"INFO order {chance.getrandbits(64):016x} of user{n} paid in {n}ms" for n in range(count))
    assert sum(t.count for t in compress_lines(lines)) == count
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 300_000


def test_levels_are_read_in_the_ways_programs_write_them() -> None:
    assert level_of('{"level":"error","msg":"x"}') is Level.ERROR
    assert level_of("time=x level=warning msg=y") is Level.WARNING
    assert level_of("E1122 10:00:00.0 1 reflector.go:1] x") is Level.ERROR
    assert level_of("[info] ready") is Level.INFO
    assert level_of("Traceback (most recent call last):") is Level.ERROR
    assert level_of("ValueError: bad") is Level.ERROR
    assert level_of('{"level":50,"time":1,"msg":"x"}') is Level.ERROR
    assert level_of("no errors found") is None


def test_indented_lines_have_the_level_of_what_they_continue() -> None:
    templates = compress_lines(["ERROR boom", "    at Shop.run(Shop.java:10)", "plain"])
    assert [t.level for t in templates] == [Level.ERROR, Level.ERROR, Level.NONE]


@given(st.lists(st.text(max_size=40), max_size=60))
def test_every_line_that_is_not_blank_is_counted_once(lines: list[str]) -> None:
    templates = compress_lines(lines)
    assert sum(t.count for t in templates) == sum(1 for line in lines if line.strip())
    assert all(lines[t.first_at] == t.first and lines[t.last_at] == t.last for t in templates)
    assert [t.first_at for t in templates] == sorted(t.first_at for t in templates)


def test_what_stands_in_the_place_of_a_code_and_has_many_values_is_a_count() -> None:
    counts = [f"INFO query returned {n % 90 + 100} rows" for n in range(900)]
    assert [t.template for t in compress_lines(counts)] == ["INFO query returned <*> rows"]
    codes = [f"INFO upstream returned {code}" for code in (200, 201, 301, 404, 429, 500, 502, 503)]
    states = [f"INFO upstream returned {word}" for word in ("nothing", "early", "late", "twice", "null", "void")]
    assert len(compress_lines(codes * 9 + states)) == len(codes) + 1


def test_a_status_is_found_in_the_lines_of_proxies_and_frameworks() -> None:
    forms = (
        '10.0.0.{n}:5{n} [22/Nov/2026:09:00:00.7] in~ web/w-{n} 7/0/5/{n}/1 {code} {n} - - ---- 1/1 "GET /a"',
        "1795338001.{n}  {n} 10.0.0.{n} TCP_MISS/{code} {n} GET http://shop.example/{n} - HIER_DIRECT/10.0.0.{n}",
        "Request finished HTTP/1.1 GET http://web:80/{n} - {code} - application/json 0.{n}ms",
        'https app/{n} 10.0.0.{n}:80 0.1 0.{n} 0.2 {code} - {n} 5 "GET https://shop:443/ HTTP/2.0"',
        "[info] Sent {code} in {n}ms",
    )
    for form in forms:
        codes = (200, 201, 304, 404, 429, 500, 502, 503)
        lines = [form.format(n=n, code=code) for n in range(10, 60) for code in codes]
        assert [t.count for t in compress_lines(lines)] == [50] * len(codes), form


def test_milliseconds_of_a_time_are_no_status() -> None:
    lines = [f"WARN [pool-{n}] 2026-11-22 09:00:06,{n} SelectStatement.java:{n} - slow" for n in range(380, 520)]
    assert len(compress_lines(lines)) == 1


def test_sizes_are_numbers_however_their_unit_is_written() -> None:
    lines = [f"INFO cache holds {size} now" for size in ("532B", "5.10 GiB", "67.5MiB", "12 kB", "9MB", "1.2 TiB")]
    assert {t.template for t in compress_lines(lines)} == {"INFO cache holds <*> now"}


def test_digits_inside_of_words_are_as_variable_as_others() -> None:
    """A sketch has no digits, so a template must not pretend to know them."""
    lines = [f"INFO instance m5.{n}xlarge is up" for n in (2, 4, 8)]
    assert [t.template for t in compress_lines(lines)] == ["INFO instance m<*>.<*>xlarge is up"]


def test_an_id_without_a_digit_is_an_id_where_others_have_one() -> None:
    lines = ["INFO session 7psEW7ExfFnVRDAeNH8f of ann ended", "INFO session kwrmJQbBHTNBrZdSTwUV of ann ended"]
    assert len(compress_lines(lines)) == 1
    apart = ["ERROR InvalidOperationFailure in step", "ERROR IllegalArgumentFailure in step"]
    assert len(compress_lines(apart)) == 2


def test_variable_words_found_under_one_code_hold_for_the_others() -> None:
    names = ("ann", "bob", "cy", "dee", "eve", "fay", "gus")
    lines = [f"INFO user={name} path=/cart status=200" for name in names]
    lines += ["INFO user=ann path=/cart status=503", "INFO user=bob path=/cart status=503"]
    assert [(t.template, t.count) for t in compress_lines(lines)] == [
        ("INFO user=<*> path=/cart status=200", 7), ("INFO user=<*> path=/cart status=503", 2),
    ]  # fmt: skip


def test_the_machine_in_a_line_of_syslog_is_variable() -> None:
    lines = [f"Nov 22 09:00:0{n} node-{name} sshd[{n}]: bye" for n, name in enumerate(("a", "bb", "ccc"))]
    assert [t.template for t in compress_lines(lines)] == ["Nov <*> <*> <*> sshd[<*>]: bye"]
