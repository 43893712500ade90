"""One stream of log lines: structlog and the standard library, for people or as JSON, redacted at the end.

Whatever a line is made of passes the redactor last, rendered tracebacks included. The incident that is bound with
`structlog.contextvars` is on every line, third-party ones too.
"""

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Redact = Callable[[str], str]

LONGEST = 4_000
"""Characters of one text in a line; a dump of cluster output is not for the log."""

_CHATTY = (
    "aiohttp",
    "aiosqlite",
    "alembic",
    "asyncio",
    "httpcore",
    "httpx",
    "kubernetes",
    "langgraph",
    "openai",
    "psycopg",
    "slack_bolt",
    "slack_sdk",
    "sqlalchemy",
    "urllib3",
    "uvicorn",
    "websockets",
)
"""Libraries whose detail is not ours, and at debug level holds tokens and payloads."""


def set_up_logs(level: str, form: Literal["text", "json"], redact: Redact, stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (stderr by default), uncaught errors and warnings too."""
    into = stream or sys.stderr
    shared = _shared()
    handler = logging.StreamHandler(into)
    handler.addFilter(_not_chatter)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _Redaction(redact),
                _renderer(form, into),
            ],
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))  # spares them the work
    _catch_the_rest()


def _not_chatter(record: logging.LogRecord) -> bool:
    """Keep third-party detail out, whatever level a library gives its own loggers: Bolt copies the root's."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _CHATTY


class _Redaction:
    """Redacts every text in an event, however deep, and cuts it."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {str(key): self._clean(value, str(key)) for key, value in event.items()}

    def _clean(self, value: Any, name: str) -> Any:
        match value:
            case None | bool() | int() | float():
                return value
            case Mapping():
                return {self._redact(str(key)): self._clean(inner, str(key)) for key, inner in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self._clean(inner, name) for inner in value]
            case _:
                return _cut(self._text(str(value), name))

    def _text(self, text: str, name: str) -> str:
        """Redact a text together with its name, because a password shows only by what it is called."""
        beginning = f"{name}="
        redacted = self._redact(beginning + text)
        return redacted.removeprefix(beginning)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _shared() -> list[Processor]:
    """What lines of structlog and of the standard library get alike."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderer(form: Literal["text", "json"], stream: TextIO) -> Processor:
    match form:
        case "json":
            return structlog.processors.JSONRenderer(ensure_ascii=False)
        case "text":
            return structlog.dev.ConsoleRenderer(colors=stream.isatty())


def _catch_the_rest() -> None:
    """Route what Python would print by itself, unredacted."""
    # A line that cannot be formatted is lost rather than printed raw with its arguments.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("aoi").critical("uncaught error", exc_info=(kind, error, trace))
