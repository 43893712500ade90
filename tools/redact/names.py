"""Which names promise a secret value, and which values cannot be one; the words are in `names.yaml`."""

import re
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

import yaml


def _load() -> dict[str, frozenset[str]]:
    lists = yaml.safe_load(files("tools.redact").joinpath("names.yaml").read_text())
    # An unquoted `on` or `no` would be a boolean; the lists are folded strings to keep them words.
    return {name: frozenset(words.split()) for name, words in lists.items()}


_WORDS = _load()
_SECRET_END = tuple(_WORDS["secret_end"])
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LONG = 24
"""Characters of a value that is a secret though its name is `key` alone, as in `encryption: {key: …}`."""
_HEX = re.compile(r"[0-9a-fA-F-]+")
_MIXED = re.compile(r"[A-Z]{2}[a-z]{1,2}[A-Z]|[a-z][A-Z][a-z][A-Z]")
"""Cases as `xKjQ` has them, and `clientSecret` and `Optional` have not."""
_LOGIN = re.compile(r"[^\s:/]+:[^\s:/]+")
_PLACEHOLDER = re.compile(
    r"\$\(.*|\$\{[^}]*\}|\$[A-Za-z_]\w*|\{\{.*\}\}|<[\w .-]*>|%\w+%|[*xX.•-]{2,}|\[redacted:[a-z-]+\].*"
    r"|![\w-]+|(?:~|\.{1,2})/[\w./-]+|(?:/[a-z_.-]+){2,}|#|/(?:run|var/run|etc|mnt|vault|opt|secrets?)/[\w./-]*|(?:vault|arn|file|ref|sm|gcp-sm|op):[^\s]+"
)


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """`clientSecret`, `CLIENT_SECRET` and `client-secret` are all `("client", "secret")`."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=8192)
def names_secret(name: str) -> bool:
    """Whether a value under this name is a secret whatever it looks like: `DB_PASSWORD`, not `PASSWORD_FILE`."""
    words = words_of(name.rpartition("/")[2])
    if not words:
        return False
    if words[-1] == "key" and len(words) > 1 and words[-2] in _WORDS["before_key"]:
        return True
    if any(f"{first}/{second}" in _WORDS["pairs"] for first, second in pairwise(words)):
        return True
    if words[-1] in _WORDS["harmless_end"] or not _WORDS["harmless"].isdisjoint(words_of(name)):
        return False
    keyed = any(first in _WORDS["before_key"] and second == "key" for first, second in pairwise(words))
    return keyed or any(map(_is_secret, words))


def _is_secret(word: str) -> bool:
    """Whether one word of a name says secret: `token`, and `storepass`, but not `bypass`."""
    return word in _WORDS["secret"] or (word.endswith(_SECRET_END) and word not in _WORDS["not_pass"])


def perhaps_secret(name: str, value: str) -> bool:
    """Whether a value under a weaker name is a secret because it looks like one: `REDIS_AUTH`, `SESSION`."""
    words = words_of(name)
    if words == ("key",):
        return is_long_random(value)
    weak = bool(words) and (words[-1] in _WORDS["weak_end"] or _weak_key(words))
    if not weak or "[redacted:" in value:
        return False
    return looks_random(value) or (words[-1] == "auth" and _LOGIN.fullmatch(value) is not None)


def _weak_key(words: tuple[str, ...]) -> bool:
    if "/".join(words[-2:]) in _WORDS["weak_pairs"]:
        return True
    return len(words) > 1 and words[-1] == "key" and words[-2] in _WORDS["weak_before_key"]


def could_be_secret(value: str) -> bool:
    """Whether a value can be a secret at all; `true`, `expired`, `$(DB_PASSWORD)` and mount paths cannot."""
    bare = value.strip().strip("\"'`")
    return bool(bare) and bare.rstrip(".,)").lower() not in _WORDS["never"] and not _PLACEHOLDER.fullmatch(bare)


def is_long_random(value: str) -> bool:
    """Whether a value is as long and as mixed as a generated key, and neither a hash nor a uid."""
    kinds = (any(map(str.islower, value)), any(map(str.isupper, value)), any(map(str.isdigit, value)))
    return len(value) >= _LONG and all(kinds) and len(set(value)) >= _LONG // 2 and not _HEX.fullmatch(value)


def looks_random(value: str) -> bool:
    """Whether a value of at least eight characters mixes letters and digits, or cases as no name does."""
    if len(value) < 8 or " " in value:
        return False
    if any(map(str.isdigit, value)):
        return any(map(str.isalpha, value))
    return _MIXED.search(value) is not None
