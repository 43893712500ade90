"""A small shell: enough of `sh -c` for init containers, sidecars, exec probes and `kubectl exec`.

Lists (`;`, newline, `&&`, `||`), groups in braces, `!`, `if`/`then`/`else`/`fi`, `while` and `until` loops,
variables, redirections (dropped), and the tools of `tools.py`. A script is a generator that yields the seconds it
sleeps and returns its exit code, so that the kubelet runs it on the virtual clock.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass, field

from lab.cluster.kubelet.machine import Machine
from lab.cluster.kubelet.tools import tool_of
from lab.cluster.kubelet.words import said, tokens

Running = Generator[float, None, int]
_CLOSERS = frozenset({"then", "do", "done", "fi", "else", "elif", "}", ")"})
SHELLS = frozenset({"sh", "bash", "ash", "dash"})
MOST_ROUNDS = 100_000
"""Rounds of a loop after which the script is ended, whatever it waits for."""


class TakesOver(Exception):
    """The script starts a program of the image, which runs in its place; the message names it."""


@dataclass
class Script:
    """A script in a container."""

    machine: Machine
    programs: frozenset[str] | None
    """Names of the image's own programs; `None`: anything that is no tool is one."""
    tokens: list[str] = field(default_factory=list)
    position: int = 0
    code: int = 0
    """`$?`."""

    def run(self, text: str) -> Running:
        """Run a script."""
        try:
            self.tokens, self.position = tokens(text), 0
            return (yield from self._list(live=True))
        except ValueError as error:
            self.machine.err.append(f"sh: syntax error: {error}\n")
            return 2
        except _Exit as exited:
            return exited.code

    def command(self, words: list[str]) -> Running:
        """Run one command, already split into words."""
        name = words[0].rsplit("/", 1)[-1]
        if name in SHELLS:
            return (yield from Script(self.machine, self.programs).run(self._text(words)))
        if name == "exit":
            raise _Exit(int(words[1]) if len(words) > 1 and words[1].isdigit() else self.code)
        if name == "exec" and len(words) > 1:
            raise _Exit((yield from self.command(words[1:])))
        tool = tool_of(name, self.programs)
        if tool is not None:
            done = tool(self.machine, words[1:])
            if done.seconds > 0:
                yield done.seconds
            return done.code
        if self.programs is None or name in self.programs or words[0] in self.programs:
            raise TakesOver(words[0])
        self.machine.err.append(f"sh: {words[0]}: not found\n")
        return 127

    def _text(self, words: list[str]) -> str:
        """What a shell is to run: the word after `-c` (or `-ec`), or a file; without either, nothing."""
        for place, word in enumerate(words[:-1]):
            if re.fullmatch(r"-[a-z]*c", word):
                return words[place + 1]
        return self.machine.files.get(words[1], "") if len(words) > 1 else ""

    # ---- grammar ----

    def _list(self, live: bool) -> Running:
        """Commands up to a closing word. A dead list is only skipped."""
        while (token := self._peek()) is not None and token not in _CLOSERS:
            if token in (";", "&", ";;"):
                self.position += 1
                continue
            self.code = yield from self._and_or(live)
        return self.code

    def _and_or(self, live: bool) -> Running:
        code = yield from self._pipeline(live)
        while (token := self._peek()) in ("&&", "||"):
            self.position += 1
            goes_on = live and ((code == 0) == (token == "&&"))
            after = yield from self._pipeline(goes_on)
            code = after if goes_on else code
        return code

    def _pipeline(self, live: bool) -> Running:
        negated = self._peek() == "!"
        self.position += negated
        code = yield from self._element(live)
        while self._peek() == "|":
            self.position += 1
            code = yield from self._element(live)
        return int(code == 0) if negated else code

    def _element(self, live: bool) -> Running:
        match self._peek():
            case "if":
                return (yield from self._if(live))
            case "while" | "until":
                return (yield from self._loop(live))
            case "{" | "(" as opening:
                self.position += 1
                code = yield from self._list(live)
                self._expect("}" if opening == "{" else ")")
                return code
            case _:
                return (yield from self._simple(live))

    def _if(self, live: bool) -> Running:
        self.position += 1
        holds = (yield from self._list(live)) == 0
        self._expect("then")
        code = yield from self._list(live and holds)
        if self._peek() == "elif":
            other = yield from self._if(live and not holds)
            return code if holds else other
        if self._peek() == "else":
            self.position += 1
            other = yield from self._list(live and not holds)
            code = code if holds else other
        self._expect("fi")
        return code if live else 0

    def _loop(self, live: bool) -> Running:
        until = self._peek() == "until"
        self.position += 1
        start = self.position
        for _ in range(MOST_ROUNDS):
            self.position = start
            goes_on = live and ((yield from self._list(live)) == 0) != until
            if not live:
                yield from self._list(live=False)
            self._expect("do")
            slept = yield from _counted(self._list(goes_on))
            self._expect("done")
            if not goes_on:
                return 0
            if slept == 0:
                yield 1.0  # a busy loop: time passes for it too
        return 1

    def _simple(self, live: bool) -> Running:
        words: list[str] = []
        while (token := self._peek()) is not None and token not in (";", "&", "&&", "||", "|", ";;"):
            self.position += 1
            if re.fullmatch(r"\d?(>>?|<<?)", token):
                self.position += 1  # where it goes or comes from does not matter
            elif not re.fullmatch(r"\d?[<>].*", token):
                words.append(self._expanded(token))
        if not live or not words:
            return 0
        if re.fullmatch(r"[A-Za-z_]\w*=.*", words[0], re.DOTALL):
            name, _, value = words[0].partition("=")
            self.machine.env[name] = value
            return 0 if len(words) == 1 else (yield from self.command(words[1:]))
        return (yield from self.command(words))

    def _expanded(self, token: str) -> str:
        return said(token, lambda name: str(self.code) if name == "?" else self.machine.env.get(name))

    def _peek(self) -> str | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _expect(self, word: str) -> None:
        if self._peek() != word:
            raise ValueError(f'"{self._peek() or "end of file"}" unexpected (expecting "{word}")')
        self.position += 1


class _Exit(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _counted(running: Running) -> Running:
    """Pass a run on; returns whether it slept at all, as 0 or 1."""
    slept = 0
    try:
        while True:
            seconds = next(running)
            slept = 1
            yield seconds
    except StopIteration:
        return slept
