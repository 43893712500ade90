"""Secrets on command lines: each program has a flag of its own for them, or none."""

import re

from tools.redact.names import could_be_secret, names_secret

_WORD = r"(?P<open>[\"']?)(?P<secret>[^\s\"'`\[|&;][^\s\"'`|&;]*)"
_FAR = r"\b[^\n|;]{0,300}?\s"
"""From the program to its flag, within one command."""

_BY_PROGRAM = {
    "curl": rf"\bcurl{_FAR}(?:-u|--user)[\s=]+[\"']?[^\s:\"']+:(?P<secret>[^\s\"'\[]+)",
    "mysql": rf"\bmysql(?:dump|admin|import|check)?{_FAR}-p(?P<secret>[^\s\"'\[-][^\s\"']*)",
    "mariadb": rf"\bmariadb(?:-dump|-admin)?{_FAR}-p(?P<secret>[^\s\"'\[-][^\s\"']*)",
    "redis-cli": rf"\bredis-cli{_FAR}(?:-a|--pass)\s+{_WORD}",
    "sshpass": rf"\bsshpass\s+-p\s*{_WORD}",
    "mongo": rf"\bmongo(?:sh|dump|restore|export|import|stat)?{_FAR}-p\s+{_WORD}",
    "ldap": rf"\bldap(?:search|add|modify|delete|whoami|passwd|compare){_FAR}-[wsa]\s+{_WORD}",
    "openssl": rf"\bopenssl{_FAR}-pass(?:in|out)?\s+pass:{_WORD}",
    "rabbitmqctl": rf"\brabbitmqctl{_FAR}(?:add_user|change_password|authenticate_user)\s+\S+\s+{_WORD}",
    "docker": rf"\b(?:docker|podman|nerdctl|helm\s+registry|crane|skopeo){_FAR}?login{_FAR}-p\s+{_WORD}",
    "htpasswd": rf"\bhtpasswd\s+-\w*b\w*\s+(?:-\w+\s+)*\S+\s+\S+\s+{_WORD}",
    "etcdctl": rf"\betcdctl{_FAR}--user[\s=]+[^\s:]+:{_WORD}",
    "mc": rf"\bmc\s+alias\s+set\s+\S+\s+\S+\s+\S+\s+{_WORD}",
    "7z": rf"\b7z[arz]?{_FAR}-p(?P<secret>[^\s\"'\[-][^\s\"']*)",
    "zip": rf"\bzip{_FAR}-P\s+{_WORD}",
    "aws": rf"\baws{_FAR}?set\s+(?P<name>[\w.]+)\s+{_WORD}",
}  # fmt: skip
_BESIDE_A_USER = re.compile(rf"(?:\s-[uU]|--user(?:name)?)[\s=]+\S+\s+(?:\S+\s+)?-[pP]\s+{_WORD}")
_IN_A_LIST = re.compile(r"[\"']-[pP][\"'],\s?[\"'](?P<secret>[^\"'\[]+)(?=[\"'])")
_PATTERNS = {program: re.compile(pattern) for program, pattern in _BY_PROGRAM.items()}

PROGRAMS = frozenset(program if len(program) > 3 else f"{program} " for program in _PATTERNS) | {
    " -p ",
    "-p'",
    '-p"',
}
"""In lower case, as a text shows that one of them is called."""


def mask_commands(line: str) -> str:
    """The line without the secrets that are given to a program in a way of its own."""
    for program, pattern in _PATTERNS.items():
        if program in line:
            line = pattern.sub(_masked, line)
    return _IN_A_LIST.sub(_masked, _BESIDE_A_USER.sub(_masked, line))


def _masked(match: re.Match[str]) -> str:
    named = match.groupdict().get("name")
    if not could_be_secret(match["secret"]) or (named is not None and not names_secret(named)):
        return match[0]
    start, end = match.span("secret")
    return f"{match[0][: start - match.start()]}[redacted:password]{match[0][end - match.start() :]}"
