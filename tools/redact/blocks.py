"""Secrets that span lines: private keys, Secret objects printed as text, YAML blocks, and `name`/`value` pairs."""

import re

from tools.redact.assigned import kind_of
from tools.redact.names import could_be_secret, looks_random, names_secret

Match = re.Match[str]

_PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r".*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_PEM_TAIL = re.compile(r"(?:[^\n]*[A-Za-z0-9+/=]{16,}\s*\n)+(?=[^\n]*-----END (?:[A-Z0-9]+ )*PRIVATE KEY)")
_SECRET_KIND = re.compile(r"\\?[\"']?\bkind\\?[\"']?\s*:\s*\\?[\"']?Secret\b")
_YAML_DATA = re.compile(
    r"^([ \t]*(?:- )?)((?:data|stringData):[ \t]*\n)((?:\1[ \t]+\S.*(?:\n|\Z))+)", re.MULTILINE
)
_YAML_ENTRY = re.compile(r"^([ \t]+[\"']?[\w.-]+[\"']?:)[ \t]*\S.*$", re.MULTILINE)
_JSON_DATA = re.compile(r"(\\?\"(?:data|stringData)\\?\"\s*:\s*\{)([^{}]*)(\})")
_JSON_ENTRY = re.compile(r"(\\?\"[\w.-]+\\?\"\s*:\s*\\?\")[^\"\\]*(?=\\?\")")
_SCALAR = re.compile(
    r"^([ \t]*(?:- )?)([\w.-]+)(:[ \t]*[|>][+-]?\d?[ \t]*\n)((?:\1[ \t]+\S.*(?:\n|\Z))+)", re.MULTILINE
)
_CONTINUED = re.compile(r"^([ \t]*([\w.-]+)[ \t]*[:=][ \t]*\\\n[ \t]*)(\S+)", re.MULTILINE)
_BELOW = re.compile(r"(\bpassword\b[^\n]{0,80}:[ \t]*\n\s*)(\S{16,})[ \t]*(?=\n|\Z)")
_NAMED = re.compile(
    r"(\bname\\?[\"']?:[ \t]*\\?[\"']?(?P<name>[\w.-]{1,64})\\?[\"']?,?(?:\s|\\n)*"
    r"\\?[\"']?value\\?[\"']?:[ \t]*\\?[\"']?)(?P<value>[^\s\"'\\\[][^\n\"'\\,]*)"
)


def mask_blocks(text: str) -> str:
    """The text without secrets that only several lines together show."""
    if "PRIVATE KEY" in text:
        text = _PEM_TAIL.sub("[redacted:private-key]\n", _PEM.sub("[redacted:private-key]", text))
    if "Secret" in text and _SECRET_KIND.search(text):
        text = _YAML_DATA.sub(_yaml_data, text)
        text = _JSON_DATA.sub(lambda m: m[1] + _JSON_ENTRY.sub(r"\1[redacted:secret]", m[2]) + m[3], text)
    if ": |" in text or ": >" in text:
        text = _SCALAR.sub(_scalar, text)
    if "\\\n" in text:
        text = _CONTINUED.sub(_continued, text)
    if "password" in text:
        text = _BELOW.sub(lambda m: f"{m[1]}[redacted:password]" if looks_random(m[2]) else m[0], text)
    if "value" in text and "name" in text:
        text = _NAMED.sub(_named, text)
    return text


def _yaml_data(match: Match) -> str:
    return match[1] + match[2] + _YAML_ENTRY.sub(r"\1 [redacted:secret]", match[3])


def _scalar(match: Match) -> str:
    """A block such as `password: |` with its lines below."""
    if not names_secret(match[2]) or "[redacted:" in match[4]:
        return match[0]
    end = "\n" if match[4].endswith("\n") else ""
    return f"{match[1]}{match[2]}{match[3]}{match[1]}  [redacted:{kind_of(match[2])}]{end}"


def _continued(match: Match) -> str:
    """A value that stands on the next line, as in properties."""
    secret = names_secret(match[2]) and could_be_secret(match[3])
    return f"{match[1]}[redacted:{kind_of(match[2])}]" if secret else match[0]


def _named(match: Match) -> str:
    """An environment variable as manifests write it."""
    if not names_secret(match["name"]) or not could_be_secret(match["value"]):
        return match[0]
    ends = match["value"][len(match["value"].rstrip("}] ")) :] if "{" in match.string[: match.start()] else ""
    return f"{match[1]}[redacted:{kind_of(match['name'])}]{ends}"
