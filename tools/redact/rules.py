"""Our own rules for secrets in text: by the name before a value, and by shapes that no rule pack covers.

Each replaces a secret by `[redacted:KIND]` and keeps everything else, so a masked text masks to itself.
"""

import base64
import binascii
import re
from collections.abc import Callable, Set

from tools.redact.assigned import NAME_WORDS, kind_of, mask_assigned
from tools.redact.blocks import mask_blocks
from tools.redact.commands import PROGRAMS, mask_commands
from tools.redact.names import could_be_secret, looks_random, names_secret
from tools.redact.tokens import BEGINNINGS, mask_tokens

Rule = Callable[[str], str]
Match = re.Match[str]

_JWT = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}")
_URL_PASSWORD = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s:/@\"'<>\[]*:)(?!\d{1,5}[/?#])([^\s\"'<>]+)@")
_URL_TOKEN = re.compile(r"(\bhttps?://)([A-Za-z0-9_.-]{20,})@")
_WEBHOOK = re.compile(
    r"(\bhttps?://(?:hooks\.[\w.-]+/[\w/]*?|[\w.:-]+/(?:[\w-]+/)*webhooks?/[\w-]+))(/[\w-]{8,}(?:/[\w-]{8,})*)(?![\w.])"
)
_GO_DSN = re.compile(r"(?<![\[\w])([\w.-]+:)([^\s@/\"'\[\]]+)(?=@(?:tcp|unix)\()")
_ORACLE = re.compile(r"(\bjdbc:oracle:\w+:[^\s/@:]+/)([^\s@]+)(?=@)")
_HASH = re.compile(r"\$(?:2[abxy]|apr1|1|5|6|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]*)\$[./A-Za-z0-9$=,+-]{10,}")
_HEADER = re.compile(
    r"(?i)(\b(?:proxy-|x-)?authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?)((?:[A-Za-z0-9-]{3,20}\s+)?)"
    r"([^\s\"'\\,;\[][^\s\"'\\,;]*)"
)
_SCHEMES = frozenset(
    {"bearer", "basic", "token", "apikey", "digest", "key", "negotiate", "ntlm", "hawk", "splunk"}
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)(\s+)(?!realm)([A-Za-z0-9._~+/=-]{6,})")
_COOKIE = re.compile(r"(?i)(\b(?:set-)?cookie\\?[\"']?:\s{0,3}\\?[\"']?)([^\n\"'\\]+)")
_COOKIE_PAIR = re.compile(
    r"(?i)(?<![\w.-])(?!path=|domain=|expires=|max-age=|samesite=)([\w.-]+)=([^;\s\[][^;\s]*)"
)
_QUERY = re.compile(
    r"(?i)([?&](?:sig|signature|x-amz-signature|x-goog-signature|x-amz-credential)=)([^&\s\"'\[]+)"
)
_PROSE = re.compile(
    r"(?i)(\b(?:password|passwd|passphrase|api[ -]?key|token|secret)\s+"
    r"(?:is\s+|was\s+|for\s+\S+\s+(?:is|was)\s+)?)"
    r"([\"'`])([^\"'`\s]{4,})\2"
)
_API_NAME = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
_LOGIN = re.compile(r"(\blogin\s+\S+\s+password\s+)([^\s\[]\S*)")
_PGPASS = re.compile(r"^(\s*[^\s:]+:(?:\d{2,5}|\*):[^\s:]+:[^\s:]+:)([^\s\[:]+)$")
_CONFIG = re.compile(r"(\b(?:requirepass|masterauth|auth-pass)\s+[\"']?)([^\s\"'\[]+)")
_SET_HEADER = re.compile(
    r"(?i)(\b(?:proxy_set_header|add_header|fastcgi_param|RequestHeader\s+set|http-request\s+set-header)\s+"
    r"[\"']?(?P<name>[\w-]+)[\"']?\s+[\"']?)(?P<value>[^\s\"';\[$]+)"
)
_SQL = re.compile(
    r"(?i)(\b(?:identified\s+(?:with\s+\S+\s+)?(?:by|as)\s+|password\s+(?:for\s+\S+\s*=\s*)?))'([^'\[][^']*)'"
)
_REDIS_AUTH = re.compile(r"(\"AUTH\"\s+(?:\"[^\"]*\"\s+)?\")([^\"\[]+)(?=\")")
_SAID = re.compile(r"(?i)(\b(?:password|passphrase|token|secret)\s+(?:is|was):?\s+)([^\s\"'`,;\[]{8,})")
_BOT = re.compile(r"(/bot)(\d{6,12}:[\w-]{30,})")
_UNSEAL = re.compile(r"(?i)(\b(?:unseal|recovery)\s+key(?:\s+\d+)?\s*:\s*)([\w+/=-]{16,})")
_SENT_COOKIE = re.compile(r"(\bcurl\b[^\n|]{0,300}?\s(?:-b|--cookie)[\s=]+[\"']?)([^\"'\n]+)")
_ATTRIBUTE = re.compile(
    r"(\b(?:name|key|id)\s?=\s?\\?[\"'](?P<name>[\w.:-]{1,64})\\?[\"']\s+value\s?=\s?\\?[\"'])(?P<value>[^\"'<>\[]+)"
)
_ELEMENT = re.compile(r"(<([\w:.-]{1,64})(?:\s[^<>]*)?>)([^<\[][^<]*)(?=</)")
_DOCKER_LOGIN = re.compile(r"(\\?\"_?auth\\?\"\s{0,3}:\s{0,3}\\?\")([A-Za-z0-9+/=]{8,})(?=\\?\")")


def mask(text: str) -> str:
    """The text without the secrets that our own rules find."""
    return "\n".join(mask_line(line, triggers_in(line)) for line in mask_blocks(text).split("\n"))


def mask_line(line: str, triggers: Set[str]) -> str:
    """Replace the secrets of one line; `triggers` are the words of `TRIGGERS` in it."""
    for words, rule in _RULES:
        if not words.isdisjoint(triggers):
            line = rule(line)
    return line


def triggers_in(line: str) -> set[str]:
    """The words of `TRIGGERS` that a line holds."""
    low = line.lower()
    return {word for word in TRIGGERS if word in low}


def _urls(line: str) -> str:
    line = _URL_PASSWORD.sub(lambda m: f"{m[1]}[redacted:url-password]@" if could_be_secret(m[2]) else m[0], line)
    line = _WEBHOOK.sub(lambda m: f"{m[1]}/[redacted:webhook]" if looks_random(m[2][1:]) else m[0], line)
    line = _BOT.sub(r"\1[redacted:url-token]", line)
    return _URL_TOKEN.sub(lambda m: f"{m[1]}[redacted:url-token]@" if looks_random(m[2]) else m[0], line)


def _header(match: Match) -> str:
    done = match.string.startswith("[redacted:", match.end() + 1)  # what matched is the scheme before it
    known = match[2].strip().lower() in _SCHEMES
    if done or not could_be_secret(match[3]) or not (known or looks_random(match[3])):
        return match[0]  # `may require authorization: server message: …` is prose
    return f"{match[1]}{match[2]}[redacted:authorization]"


def _scheme(match: Match) -> str:
    value = match[3]
    secret = len(value) >= 24 or any(c.isdigit() for c in value) or "=" in value or looks_random(value)
    return f"{match[1]}{match[2]}[redacted:authorization]" if secret and could_be_secret(value) else match[0]


def _prose(match: Match) -> str:
    value = match[3]
    # `secret "db-login" not found` names an object; a name in the API has small letters, digits, - and . only.
    named = match[1].lower().startswith(("secret", "token")) and _API_NAME.fullmatch(value)
    if named or not could_be_secret(value) or value.isalpha():
        return match[0]
    return f"{match[1]}{match[2]}[redacted:password]{match[2]}"


def _said(match: Match) -> str:
    return f"{match[1]}[redacted:password]" if looks_random(match[2]) else match[0]


def _element(match: Match) -> str:
    """A value between XML tags."""
    secret = names_secret(match[2]) and could_be_secret(match[3])
    return f"{match[1]}[redacted:{kind_of(match[2])}]" if secret else match[0]


def _named(match: Match) -> str:
    """A value whose name stands in another attribute, or before it without a sign."""
    secret = names_secret(match["name"]) and could_be_secret(match["value"])
    return f"{match[1]}[redacted:{kind_of(match['name'])}]" if secret else match[0]


def _docker_login(match: Match) -> str:
    """A registry's `auth` is base64 of `user:password`."""
    try:
        login = b":" in base64.b64decode(match[2], validate=True)
    except (binascii.Error, ValueError):
        return match[0]
    return f"{match[1]}[redacted:registry-login]" if login else match[0]


def _sub(pattern: re.Pattern[str], by: str | Callable[[Match], str]) -> Rule:
    return lambda line: pattern.sub(by, line)


def _cookies(line: str) -> str:
    for pattern in (_COOKIE, _SENT_COOKIE):
        line = pattern.sub(lambda m: m[1] + _COOKIE_PAIR.sub(r"\1=[redacted:cookie]", m[2]), line)
    return line


def _passwords(line: str) -> str:
    """Passwords in places that have a grammar of their own."""
    for pattern in (_LOGIN, _PGPASS, _CONFIG, _REDIS_AUTH):
        line = pattern.sub(lambda m: f"{m[1]}[redacted:password]" if could_be_secret(m[2]) else m[0], line)
    return _SQL.sub(lambda m: f"{m[1]}'[redacted:password]'" if could_be_secret(m[2]) else m[0], line)


_HASHES = frozenset({"$2", "$1$", "$5$", "$6$", "$apr1", "$argon", "$scrypt", "$pbkdf"})

_RULES: tuple[tuple[frozenset[str], Rule], ...] = (
    (frozenset({"eyj"}), _sub(_JWT, "[redacted:jwt]")),
    (BEGINNINGS, mask_tokens),
    (frozenset({"://"}), _urls),
    (frozenset({"@tcp(", "@unix("}), _sub(_GO_DSN, r"\1[redacted:url-password]")),
    (frozenset({"jdbc:oracle"}), _sub(_ORACLE, r"\1[redacted:url-password]")),
    (_HASHES, _sub(_HASH, "[redacted:password-hash]")),
    (frozenset({"authorization"}), _sub(_HEADER, _header)),
    (frozenset({"bearer", "basic"}), _sub(_SCHEME, _scheme)),
    (frozenset({"cookie", "curl"}), _cookies),
    (frozenset({"_header", "fastcgi_param", "requestheader", "set-header"}), _sub(_SET_HEADER, _named)),
    (frozenset({"value"}), _sub(_ATTRIBUTE, _named)),
    (frozenset({"unseal", "recovery"}), _sub(_UNSEAL, r"\1[redacted:key]")),
    (frozenset({"login", "\"auth\"", ":5432:", ":*:", "requirepass", "masterauth", "identified", "password"}), _passwords),
    (frozenset({"sig=", "signature=", "credential="}), _sub(_QUERY, r"\1[redacted:signature]")),
    (PROGRAMS, mask_commands),
    (frozenset({"auth"}), _sub(_DOCKER_LOGIN, _docker_login)),
    (frozenset({"</"}), _sub(_ELEMENT, _element)),
    (frozenset(NAME_WORDS), mask_assigned),
    (frozenset({"pass", "token", "secret", "key"}), _sub(_PROSE, _prose)),
    (frozenset({"password", "passphrase", "token", "secret"}), _sub(_SAID, _said)),
)  # fmt: skip

TRIGGERS = frozenset().union(*(words for words, _ in _RULES))
"""In lower case; a line with none of them holds nothing these rules find."""
