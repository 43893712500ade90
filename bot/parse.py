"""What a person's words ask for. Pure; anything that is not a command is a question."""

import html
import re
from dataclasses import dataclass

MOST_QUESTION = 4_000
"""Characters of a question that are read; what is longer is mostly a pasted log, whose head says enough."""

_LINK = re.compile(r"<(?:mailto:)?([^<>|]+)\|([^<>]*)>|<(https?://[^<>|]+)>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^<>]*)>")
_DASHES = re.compile(r"(^|\s)[—–](?=[a-z])")
"""A long dash where an option begins: phones and macOS make one of two short ones."""

_NAMESPACE = re.compile(
    r"(?:^|\s)(?:(?:-n|--namespace)[=\s]+|in\s+(?:the\s+)?namespace\s+)`?([\w.-]+)`?", re.IGNORECASE
)
_READ_ONLY = re.compile(r"(?:^|\s)--read-?only\b", re.IGNORECASE)
_OPTION = re.compile(r"(?:^|\s)(--?[A-Za-z][\w-]*)")
_RETIRE = re.compile(r"lessons?\s+retire\s+`?([\w-]+)`?(?:\s+(.*))?", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""A namespace is a DNS label."""


@dataclass(frozen=True)
class Investigate:
    """Look into something."""

    question: str
    namespaces: tuple[str, ...] = ()
    read_only: bool = False
    explicit: bool = True
    """Whether `investigate` was said; otherwise it is a question, which in a known thread gets an answer."""
    length: int = 0
    """Characters that were written, when only the first were read."""


@dataclass(frozen=True)
class AskStatus:
    """Where does it stand?"""


@dataclass(frozen=True)
class ListIncidents:
    """What is there?"""


@dataclass(frozen=True)
class StartRetrain:
    """Learn from what happened, now."""

    profile: str = ""
    """Empty for the usual one."""


@dataclass(frozen=True)
class CancelRetrain:
    """Stop the retrain that runs."""


@dataclass(frozen=True)
class AskLearning:
    """What was learned?"""


@dataclass(frozen=True)
class ListLessons:
    """Which lessons are there?"""


@dataclass(frozen=True)
class RetireLesson:
    """A lesson shall guide nobody any more."""

    lesson_id: str
    why: str = ""


@dataclass(frozen=True)
class Help:
    """What can I say?"""


@dataclass(frozen=True)
class Problem:
    """It cannot be read; `words` say why and what to write instead."""

    words: str


Teaching = StartRetrain | CancelRetrain | AskLearning | RetireLesson
Asked = Investigate | AskStatus | ListIncidents | ListLessons | Teaching | Help | Problem

_SINGLE: dict[str, Asked] = {
    "status": AskStatus(),
    "incidents": ListIncidents(),
    "list": ListIncidents(),
    "learning": AskLearning(),
    "lessons": ListLessons(),
    "retrain": StartRetrain(),
    "retrain cancel": CancelRetrain(),
    "help": Help(),
    "": Help(),
}


def parse(text: str, me: str, length: int = 0) -> Asked:
    """Read the words of a mention or of the slash command.

    Args:
        text: As Slack delivers it, perhaps cut.
        me: The bot's user id, whose mention is left out.
        length: Characters of the whole message, where `text` is only its head.
    """
    words = spoken(text, me)
    bare = words.strip().rstrip("!.?").lower()
    if bare in _SINGLE:
        return _SINGLE[bare]
    verb, _, rest = words.partition(" ")
    if verb.lower() in ("investigate", "investigate:"):
        return _question(rest, True, max(length, len(text)))
    if verb.lower() == "retrain" and len(words.split()) == 2 and "?" not in words:
        return StartRetrain(rest.strip().lower())
    if retired := _RETIRE.fullmatch(words):
        return RetireLesson(retired[1], (retired[2] or "").strip())
    if len(words.split()) == 1 and "?" not in words:
        return Problem(
            f"I do not know the command `{words[:40]}`. I know `investigate`, `status`, `incidents`, `learning`, "
            "`lessons`, `retrain` and `help`; "
            "anything longer is a question, for example `investigate checkout is failing -n shop`."
        )
    return _question(words, False, max(length, len(text)))


def spoken(text: str, me: str) -> str:
    """The words as they were written: without the mention, with links and entities as people see them."""
    bare = text.replace(f"<@{me}>", " ")
    bare = _CHANNEL.sub(r"#\1", bare)
    bare = _LINK.sub(lambda m: m[3] or m[2] or m[1], bare)
    bare = _DASHES.sub(r"\1--", html.unescape(bare))
    return " ".join(bare.split())


def _question(text: str, explicit: bool, length: int) -> Asked:
    namespaces = tuple(dict.fromkeys(_NAMESPACE.findall(text)))
    wrong = next((name for name in namespaces if not _NAME.fullmatch(name)), None)
    if wrong is not None:
        return Problem(f"`{wrong[:60]}` is not a namespace name; write it in lower case, for example `-n shop`.")
    bare = _READ_ONLY.sub(" ", re.sub(r"(?:^|\s)(?:-n|--namespace)[=\s]+`?[\w.-]+`?", " ", text))
    unknown = _OPTION.search(bare) if explicit else None
    if unknown:
        return Problem(
            f"I do not know the option `{unknown[1][:40]}`. I know `-n NAMESPACE` and `--read-only`, "
            "for example `investigate checkout is failing -n shop --read-only`."
        )
    question = " ".join(bare.split())
    if not question:
        return Problem("What should I look at? For example: `investigate checkout is failing -n shop`.")
    return Investigate(
        question=question[:MOST_QUESTION],
        namespaces=namespaces,
        read_only=bool(_READ_ONLY.search(text)),
        explicit=explicit,
        length=length if max(len(question), length) > MOST_QUESTION else 0,
    )
