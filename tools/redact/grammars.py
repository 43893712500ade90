"""Secrets in places with a grammar of their own: SQL, Redis, netrc, XML, registry logins, and plain sentences."""

import base64
import binascii
import re

from tools.redact.assigned import kind_of
from tools.redact.line import Match, Rule, by, keeping
from tools.redact.names import could_be_secret, looks_random, names_secret

_HASH = re.compile(r"\$(?:2[abxy]|apr1|1|5|6|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]*)\$[./A-Za-z0-9$=,+-]{10,}")
_NETRC = re.compile(r"(\blogin\s+\S+\s+password\s+)([^\s\[]\S*)")
_PGPASS = re.compile(r"^(\s*[^\s:]+:(?:\d{2,5}|\*):[^\s:]+:[^\s:]+:)([^\s\[:]+)$")
_REDIS_CONF = re.compile(r"(\b(?:requirepass|masterauth|auth-pass\s+\S+)\s+[\"']?)([^\s\"'\[]+)")
_REDIS_AUTH = re.compile(r"(\"AUTH\"\s+(?:\"[^\"]*\"\s+)?\")([^\"\[]+)(?=\")")
_REDIS_ACL = re.compile(r"(\buser\s+\S+\s+on\s+(?:\S+\s+)*?>)([^\s\[]+)")
_MONGO_AUTH = re.compile(r"(\bauth\(\s*[\"'][^\"']*[\"']\s*,\s*[\"'])([^\"'\[]+)(?=[\"'])")
_SQL = re.compile(
    r"(?i)(\b(?:identified\s+(?:with\s+\S+\s+)?(?:by|as)\s+|password\s+(?:for\s+\S+\s*=\s*)?)')([^'\[][^']*)(?=')"
)
_UNSEAL = re.compile(r"(?i)(\b(?:unseal|recovery)\s+key(?:\s+\d+)?\s*:\s*)([\w+/=-]{16,})")
_JAAS_USER = re.compile(r"(\buser_\w+=\")([^\"\[]+)(?=\"[^\n]*;)")
_PIPED = re.compile(r"(\becho\s+[\"']?)([^\s\"'|$\[]+)(?=[\"']?\s*\|[^|\n]*--password-stdin)")

_ATTRIBUTE = re.compile(
    r"(\b(?:name|key|id)\s?=\s?\\?[\"'](?P<name>[\w.:-]{1,64})\\?[\"']\s+value\s?=\s?\\?[\"'])"
    r"(?P<value>[^\"'<>\[]+)"
)
_ELEMENT = re.compile(r"(<(?P<name>[\w:.-]{1,64})(?:\s[^<>]*)?>)(?P<value>[^<\[][^<]*)(?=</)")
_REGISTRY = re.compile(r"(\\?\"_?auth\\?\"\s{0,3}:\s{0,3}\\?\")([A-Za-z0-9+/=]{8,})(?=\\?\")")

_QUOTED = re.compile(
    r"(?i)(\b(?:password|passwd|passphrase|api[ -]?key|token|secret)\s+"
    r"(?:is\s+|was\s+|for\s+\S+\s+(?:is|was)\s+)?)"
    r"([\"'`])([^\"'`\s]{4,})\2"
)
_SAID = re.compile(
    r"(?i)(\b(?:password|passphrase|token|secret)\s+(?:(?:is|was):?\s+|for\s[^:\n]{1,120}:\s+))([^\s\"'`,;\[]{8,})"
)
_TYPED = re.compile(r"(?i)(\b(?:password|passphrase)\s+)([^\s\"'`,;:\[\]]{8,})(?=[\s,.;]|$)")
_API_NAME = re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)*")


def _named(match: Match) -> str:
    secret = names_secret(match["name"]) and could_be_secret(match["value"])
    return f"{match[1]}[redacted:{kind_of(match['name'])}]" if secret else match[0]


def _registry(match: Match) -> str:
    """A registry's `auth` is base64 of `user:password`."""
    try:
        login = b":" in base64.b64decode(match[2], validate=True)
    except (binascii.Error, ValueError):
        return match[0]
    return f"{match[1]}[redacted:registry-login]" if login else match[0]


def _quoted(match: Match) -> str:
    value = match[3]
    # `secret "db-login" not found` names an object; a name in the API has small letters, digits, - and . only.
    named = match[1].lower().startswith(("secret", "token")) and _API_NAME.fullmatch(value)
    if named or not could_be_secret(value) or value.isalpha():
        return match[0]
    return f"{match[1]}{match[2]}[redacted:password]{match[2]}"


GRAMMARS: tuple[tuple[frozenset[str], Rule], ...] = (
    (
        frozenset({"$2", "$1$", "$5$", "$6$", "$apr1", "$argon", "$scrypt", "$pbkdf"}),
        by(_HASH, "[redacted:password-hash]"),
    ),
    (frozenset({"unseal", "recovery"}), keeping(_UNSEAL, "key")),
    (frozenset({"login"}), keeping(_NETRC, "password", could_be_secret)),
    (frozenset({":5432:", ":*:"}), keeping(_PGPASS, "password", could_be_secret)),
    (frozenset({"requirepass", "masterauth", "auth-pass"}), keeping(_REDIS_CONF, "password", could_be_secret)),
    (frozenset({'"auth"'}), keeping(_REDIS_AUTH, "password", could_be_secret)),
    (frozenset({" on "}), keeping(_REDIS_ACL, "password")),
    (frozenset({"auth("}), keeping(_MONGO_AUTH, "password", could_be_secret)),
    (frozenset({"identified", "password"}), keeping(_SQL, "password", could_be_secret)),
    (frozenset({"user_"}), keeping(_JAAS_USER, "password", could_be_secret)),
    (frozenset({"--password-stdin"}), keeping(_PIPED, "password")),
    (frozenset({"value"}), by(_ATTRIBUTE, _named)),
    (frozenset({"</"}), by(_ELEMENT, _named)),
    (frozenset({"auth"}), by(_REGISTRY, _registry)),
)
SENTENCES: tuple[tuple[frozenset[str], Rule], ...] = (
    (frozenset({"pass", "token", "secret", "key"}), by(_QUOTED, _quoted)),
    (frozenset({"password", "passphrase"}), keeping(_TYPED, "password", looks_random)),
    (frozenset({"password", "passphrase", "token", "secret"}), keeping(_SAID, "password", looks_random)),
)
