"""Secrets after a name: `PASSWORD=x`, `"token": "x"`, `--api-key x`, `'token', 'x'`, `key: x` in YAML."""

import re

from tools.redact.names import could_be_secret, is_long_random, names_secret, perhaps_secret
from tools.redact.references import refers

NAME_WORDS = (
    "pass", "pwd", "secret", "token", "key", "cred", "auth", "jwt", "bearer", "salt", "hmac", "pepper", "cookie",
    "session", "sig", "dsn", "community",
)  # fmt: skip
"""Pieces of names that `names.yaml` then judges as a whole."""

_ASSIGNED = re.compile(
    rf"(?:{'|'.join(NAME_WORDS)})[\w.-]{{0,64}}"
    r"(?P<sep>(?:\\?[\"']?|[\"']\])(?:\s{0,4}(?:=>|:=|==?|:)\s{0,16}|\s{1,4}(?=[^-\s])|(?<=[\"'])\s?,\s{0,4}(?=\\?[\"'])))"
    r"(?:\w{1,16}\((?=\\?[\"']))?"  # Some("x")
    r"(?:\\\"(?P<escaped>[^\"\n]*?)\\\"|\"\"\"(?P<triple>[^\"\n]+)\"\"\"|\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|'(?P<single>[^'\n]*)'"
    r"|(?P<bare>[^\s\"'`;&,<>\\{\[(](?:[^\s\"'`;&,<>\\]|\\(?!n|\")|,(?!\s|$|[\w.-]{1,40}[\"']?[=:]))*))",
    re.IGNORECASE,
)
_SIGN = re.compile("[=:]")
_YAML_LINE = re.compile(r"\s*(?:-\s+)?[\"']?[\w.-]+[\"']?\s*:\s+\S+\s*")
_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_KINDS = (("pass", "password"), ("pwd", "password"), ("token", "token"), ("key", "key"), ("cookie", "cookie"))


def mask_assigned(line: str) -> str:
    """The line with the values of secret names replaced."""
    out: list[str] = []
    done = 0
    match = _ASSIGNED.search(line)
    while match:
        # Where nothing is assigned, what follows a name may be another name.
        following = match.end() if _SIGN.search(match["sep"]) else match.start("sep")
        if span := _secret_span(line, match, done):
            start, end, kind = span
            out += (line[done:start], f"[redacted:{kind}]")
            done = following = end
        match = _ASSIGNED.search(line, following)
    out.append(line[done:])
    return "".join(out)


def kind_of(name: str) -> str:
    """What to call a secret in its place, by the name it had."""
    low = name.lower()
    return next((kind for sign, kind in _KINDS if sign in low), "secret")


def _secret_span(line: str, match: re.Match[str], floor: int) -> tuple[int, int, str] | None:
    """Where the value lies and what kind of secret it is, or `None`: judged by the name, then by the value."""
    group = match.lastgroup or "bare"
    value = match[group]
    name = _whole_name(line, match.start(), match.start("sep"), floor)
    if match["sep"] == ":" and line[: match.start("sep") - len(name)].endswith("/"):
        return None  # the tag of an image: `registry.example.com/secret-sync:v1.2.3`
    start, end = match.span(group)
    if not could_be_secret(value) or (value.isdigit() and line.startswith(" bytes", end)):
        return None  # `kubectl describe secret` tells the size alone.
    if group == "bare":
        value = value.rstrip(")]}")
        end = start + len(value)
    if refers(name, value) or not _judge(line, name, match["sep"], value, quoted=group != "bare"):
        return None
    return start, end, kind_of(name)


def _judge(line: str, name: str, sep: str, value: str, *, quoted: bool) -> bool:
    """Whether what follows the name is its secret, and not the next word of a sentence."""
    if sep.isspace():  # `--password X` and `-storepass X` hold a secret; `password X` is mostly prose.
        return names_secret(name) and (name.startswith("-") or is_long_random(value))
    if "," in sep or sep.strip("\\\"'").isspace():  # `"password", "X"` and `"password" "X"`
        named = (names_secret(name) and any(map(str.isdigit, value))) or perhaps_secret(name, value)
        return quoted and named and not names_secret(value)
    if not names_secret(name):
        return perhaps_secret(name, value)
    if quoted or "=" in sep or not sep.endswith(" ") or _YAML_LINE.fullmatch(line):
        return True
    plain = value.rstrip(".,")
    return not plain.isalpha() and not (
        plain.isdigit() and len(plain) < 5
    )  # `cannot fetch token: 401 Unauthorized`


def _whole_name(line: str, start: int, end: int, floor: int) -> str:
    """The name around the word that matched: the pattern begins at `password` of `DB_PASSWORD`."""
    limit = max(floor, start - 64)
    while start > limit and line[start - 1] in _NAME_CHARS:
        start -= 1
    return line[start:end]
