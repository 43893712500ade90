"""CoreDNS's Corefile: which names it answers for, and what keeps CoreDNS from starting."""

import re
from typing import Final

DIRECTIVES: Final = frozenset(
    (
        *("any", "auto", "autopath", "bind", "bufsize", "cache", "cancel", "chaos", "debug", "dns64", "errors"),
        *(
            "erratic",
            "etcd",
            "file",
            "forward",
            "header",
            "health",
            "hosts",
            "import",
            "kubernetes",
            "loadbalance",
        ),
        *(
            "local",
            "log",
            "loop",
            "metadata",
            "minimal",
            "nsid",
            "prometheus",
            "ready",
            "reload",
            "rewrite",
            "root",
        ),
        *("secondary", "template", "tls", "transfer", "whoami"),
    )
)
_RCODE: Final = re.compile(r"\brcode\s+(NXDOMAIN|SERVFAIL|REFUSED)\b")


def mistake(text: str) -> str | None:
    """What CoreDNS says of a file that it cannot use; `None` where it can."""
    depth = 0
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if depth == 1 and words[0] != "}" and words[0] not in DIRECTIVES:
            return f"/etc/coredns/Corefile:{number} - Error during parsing: Unknown directive '{words[0]}'"
        depth += words.count("{") - words.count("}")
    return None if depth == 0 else "/etc/coredns/Corefile - Error during parsing: Unexpected EOF"


def answers_for(text: str, inside: bool) -> bool:
    """Whether names of the cluster (`inside`), or of the world, are answered and not denied.

    A file with a mistake is not taken over by servers that run: they go on with the one before, which was fine.
    """
    if mistake(text) is not None:
        return True
    if _RCODE.search(text):
        return False
    plugin = r"^\s*kubernetes\b[^\n]*\bcluster\.local\b" if inside else r"^\s*forward\b"
    return re.search(plugin, text, re.MULTILINE) is not None
