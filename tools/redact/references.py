"""Values that tell where a secret lies, and are none."""

import re

from tools.redact.names import looks_random, names_secret, words_of

_PLACE = re.compile(r"[a-z]+(?:[-./][a-z0-9]+)+")
"""An object, `db-login` or `shop/db-login`, or a path in a vault."""
_OBJECT = re.compile(r"[a-z0-9-]+/[a-z0-9.-]+")
_KIND = re.compile(r"[A-Z][A-Za-z]+Secret")


def refers(name: str, value: str) -> bool:
    """Whether a value under a name that says secret is only a reference.

    `secretKey: password`, `ExternalSecret=shop/db`, and annotations such as `…/auth-secret: basic-auth-users`.
    """
    words = words_of(name)
    if words and words[-1] == "key" and value.replace("-", "").isalpha() and names_secret(value):
        return True
    if _KIND.fullmatch(name) and _OBJECT.fullmatch(value):
        return True
    _, domain, last = name.partition("/")
    return bool(domain) and "secret" in last and is_place(value)


def is_place(value: str) -> bool:
    """Whether a value reads like the place of a secret."""
    return _PLACE.fullmatch(value) is not None and not looks_random(value)
