"""Logs: one stream, the incident on every line, and no planted secret anywhere in it."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.logs import LONGEST, set_up_logs
from tools.redact.service import Redactor

TOKEN = "xoxb-planted-9481"
PASSWORD = "hunter2-planted"


def redact(text: str) -> str:
    return text.replace(TOKEN, "[redacted]").replace(PASSWORD, "[redacted]")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the process logs; everything set up for the test is taken back after it."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.raiseExceptions, sys.excepthook, threading.excepthook)
    yield io.StringIO()
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:], level, logging.raiseExceptions, sys.excepthook, threading.excepthook = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail() -> None:
    raise ValueError(f"the server said {PASSWORD}") from ConnectionError(f"with {TOKEN}")


def test_structlog_and_the_standard_library_speak_alike(stream: io.StringIO) -> None:
    set_up_logs("info", "json", redact, stream)
    with structlog.contextvars.bound_contextvars(incident="inc-1"):
        structlog.get_logger("graph.driver").warning("interrupted", error="no answer")
        logging.getLogger("kubernetes.aio").warning("retry %s of %s", 1, 3)
    ours, theirs = lines(stream)
    assert (ours["event"], ours["error"], ours["level"], ours["logger"]) == (
        "interrupted",
        "no answer",
        "warning",
        "graph.driver",
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("retry 1 of 3", "warning", "kubernetes.aio")
    assert ours["incident"] == theirs["incident"] == "inc-1"
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_planted_secret_gets_through(stream: io.StringIO, form: Any) -> None:
    set_up_logs("debug", form, redact, stream)
    log = structlog.get_logger("x")
    log.info(
        f"token {TOKEN}", deep={"list": [{TOKEN: (PASSWORD,)}]}, thing=ValueError(TOKEN), raw=PASSWORD.encode()
    )
    log.info("old style %s", TOKEN)
    logging.getLogger("x").info("%s and %s", TOKEN, PASSWORD)
    for speak in (log.exception, logging.getLogger("x").exception):
        try:
            fail()
        except ValueError:
            speak("it failed")
    log.warning("with a stack", stack_info=True)
    with structlog.contextvars.bound_contextvars(incident=f"inc {TOKEN}"):
        log.error("bound")
    said = stream.getvalue()
    assert said.count("[redacted]") >= 12
    assert "ConnectionError" in said, "the traceback itself is there, with its cause"
    assert TOKEN not in said
    assert PASSWORD not in said


def test_uncaught_errors_and_warnings_go_the_same_way(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("info", "json", redact, stream)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except ValueError as e:
        sys.excepthook(type(e), e, e.__traceback__)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning(UserWarning(f"old {TOKEN}"), UserWarning, "file.py", 1)
    assert [line["event"][:14] for line in lines(stream)] == [
        "uncaught error",
        "uncaught error",
        "file.py:1: User"[:14],
    ]
    assert all(secret not in stream.getvalue() for secret in (TOKEN, PASSWORD))
    assert capsys.readouterr().err == ""


def test_a_line_that_cannot_be_formatted_is_not_printed_raw(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs("info", "json", redact, stream)
    logging.getLogger("x").info("%d", TOKEN)
    assert TOKEN not in stream.getvalue() + capsys.readouterr().err


def test_what_is_called_a_password_is_redacted_by_the_products_own_rules(stream: io.StringIO) -> None:
    set_up_logs("info", "json", Redactor().text, stream)
    structlog.get_logger("graph.driver").info(
        "drive_failed", incident="inc-k3f9a8b2c4d5e6f7", password="Tr0ub4dor&3"
    )
    (line,) = lines(stream)
    assert "Tr0ub4dor" not in line["password"]
    assert (line["incident"], line["event"]) == ("inc-k3f9a8b2c4d5e6f7", "drive_failed")


def test_third_party_chatter_is_quiet_even_when_we_debug(stream: io.StringIO) -> None:
    set_up_logs("debug", "json", redact, stream)
    logging.getLogger("slack_sdk.web.async_client").debug("payload with a token")
    logging.getLogger("aiohttp.access").info("GET /healthz")
    structlog.get_logger("graph.driver").debug("ours")
    assert [line["event"] for line in lines(stream)] == ["ours"]


def test_a_library_that_sets_its_own_level_stays_quiet(stream: io.StringIO) -> None:
    """Bolt gives its loggers the root's level, and at debug level writes every payload."""
    set_up_logs("debug", "json", redact, stream)
    own = logging.getLogger("slack_bolt.AsyncApp")
    before = own.level
    own.setLevel(logging.DEBUG)
    own.debug("Received message with what people typed")
    own.warning("the connection is lost")
    own.setLevel(before)
    assert [line["event"] for line in lines(stream)] == ["the connection is lost"]


def test_the_level_holds_for_us(stream: io.StringIO) -> None:
    set_up_logs("warning", "json", redact, stream)
    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_a_dump_is_cut(stream: io.StringIO) -> None:
    set_up_logs("info", "json", redact, stream)
    structlog.get_logger("x").info("dump", text="y" * 100_000)
    (line,) = lines(stream)
    assert line["text"].startswith("y" * LONGEST)
    assert len(line["text"]) < LONGEST + 50
    assert "100000 characters" in line["text"]


def test_setting_up_again_does_not_double_the_lines(stream: io.StringIO) -> None:
    set_up_logs("info", "json", redact, stream)
    set_up_logs("info", "json", redact, stream)
    structlog.get_logger("x").info("once")
    assert len(lines(stream)) == 1
