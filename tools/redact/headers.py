"""Secrets in the headers and cookies of HTTP."""

import re

from tools.redact.assigned import kind_of
from tools.redact.line import Match, Rule, by
from tools.redact.names import could_be_secret, looks_random, names_secret

_AUTHORIZATION = re.compile(
    r"(?i)(\b(?:proxy-|x-)?authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?)((?:[A-Za-z0-9-]{3,20}\s+)?)"
    r"([^\s\"'\\,;\[][^\s\"'\\,;]*)"
)
_SCHEMES = frozenset(
    {"bearer", "basic", "token", "apikey", "digest", "key", "negotiate", "ntlm", "hawk", "splunk"}
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)(\s+)(?!realm)([A-Za-z0-9._~+/=-]{6,})")
_COOKIE = re.compile(r"(?i)(\b(?:set-)?cookie\\?[\"']?:\s{0,3}\\?[\"']?)([^\n\"'\\]+)")
_SENT_COOKIE = re.compile(r"(\bcurl\b[^\n|]{0,300}?\s(?:-b|--cookie)[\s=]+[\"']?)([^\"'\n]+)")
_COOKIE_PAIR = re.compile(
    r"(?i)(?<![\w.-])(?!path=|domain=|expires=|max-age=|samesite=)([\w.-]+)=([^;\s\[][^;\s]*)"
)
_SET_HEADER = re.compile(
    r"(?i)(\b(?:proxy_set_header|add_header|fastcgi_param|RequestHeader\s+set|http-request\s+set-header)\s+"
    r"[\"']?(?P<name>[\w-]+)[\"']?\s+[\"']?)(?P<value>[^\s\"';\[$]+)"
)


def _authorization(match: Match) -> str:
    done = match.string.startswith("[redacted:", match.end() + 1)  # what matched is the scheme before it
    known = match[2].strip().lower() in _SCHEMES
    if done or not could_be_secret(match[3]) or not (known or looks_random(match[3])):
        return match[0]  # `may require authorization: server message: …` is prose
    return f"{match[1]}{match[2]}[redacted:authorization]"


def _scheme(match: Match) -> str:
    value = match[3]
    secret = len(value) >= 24 or any(c.isdigit() for c in value) or "=" in value or looks_random(value)
    return f"{match[1]}{match[2]}[redacted:authorization]" if secret and could_be_secret(value) else match[0]


def _cookies(match: Match) -> str:
    return match[1] + _COOKIE_PAIR.sub(r"\1=[redacted:cookie]", match[2])


def _set(match: Match) -> str:
    secret = names_secret(match["name"]) and could_be_secret(match["value"])
    return f"{match[1]}[redacted:{kind_of(match['name'])}]" if secret else match[0]


HEADERS: tuple[tuple[frozenset[str], Rule], ...] = (
    (frozenset({"authorization"}), by(_AUTHORIZATION, _authorization)),
    (frozenset({"bearer", "basic"}), by(_SCHEME, _scheme)),
    (frozenset({"cookie"}), by(_COOKIE, _cookies)),
    (frozenset({"curl"}), by(_SENT_COOKIE, _cookies)),
    (frozenset({"_header", "fastcgi_param", "requestheader", "set-header"}), by(_SET_HEADER, _set)),
)
