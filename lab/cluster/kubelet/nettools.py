"""The network's tools: nc, wget, curl, nslookup."""

import re

from lab.cluster.kubelet.machine import Done, Machine, Reply

CONNECT_SECONDS = 5.0
"""How long the tools wait when nobody answers and no limit is given."""
NOTICED_SECONDS = 0.5
_URL = re.compile(r"(?:(https?)://)?([^:/?]+)(?::(\d+))?(/[^ ]*)?")


def nc(machine: Machine, words: list[str]) -> Done:
    """Connect to a port: `nc -z [-w SECONDS] HOST PORT`."""
    limit, plain = _limited(words, "-w")
    if len(plain) < 2 or not plain[1].isdigit():
        machine.err.append("nc: usage: nc [-z] [-w SECONDS] HOST PORT\n")
        return Done(1)
    host, port = plain[0], plain[1]
    reply = _awaited(machine.request(host, int(port), ""), limit)
    if reply.error is None:
        if "-v" in " ".join(words) or "-zv" in words:
            machine.err.append(f"{host} ({host}:{port}) open\n")
        return Done(0, _felt(reply))
    if reply.error == "host":
        machine.err.append(f"nc: bad address '{host}'\n")
        return Done(1)
    what = "Connection refused" if reply.error == "refused" else "Connection timed out"
    machine.err.append(f"nc: {host} ({host}:{port}): {what}\n")
    return Done(1, limit or CONNECT_SECONDS if reply.error == "timeout" else 0)


def wget(machine: Machine, words: list[str]) -> Done:
    """Fetch a URL as busybox does."""
    limit, plain = _limited(words, "-T", "--timeout", "-O", "-t")
    url = plain[-1] if plain else ""
    host, port, path = _parts(url)
    reply = _awaited(machine.request(host, port, path or "/"), limit)
    if reply.error is not None:
        said = {
            "host": f"wget: bad address '{host}'",
            "refused": f"wget: can't connect to remote host ({host}): Connection refused",
            "timeout": "wget: download timed out",
        }[reply.error]
        machine.err.append(said + "\n")
        return Done(1, limit or CONNECT_SECONDS if reply.error == "timeout" else 0)
    if reply.status >= 400:
        machine.err.append(f"wget: server returned error: HTTP/1.1 {reply.status}\n")
        return Done(1, _felt(reply))
    if "--spider" not in words:
        machine.out.append(reply.body)
    return Done(0, _felt(reply))


def curl(machine: Machine, words: list[str]) -> Done:
    """Fetch a URL as curl does."""
    limit, plain = _limited(words, "-m", "--max-time", "--connect-timeout", "-o", "-w", "-H", "-X", "-d")
    host, port, path = _parts(plain[-1] if plain else "")
    reply = _awaited(machine.request(host, port, path or "/"), limit)
    match reply.error:
        case "host":
            machine.err.append(f"curl: (6) Could not resolve host: {host}\n")
            return Done(6)
        case "refused":
            machine.err.append(
                f"curl: (7) Failed to connect to {host} port {port} after 1 ms: Could not connect to server\n"
            )
            return Done(7)
        case "timeout":
            waited = limit or CONNECT_SECONDS
            machine.err.append(f"curl: (28) Connection timed out after {int(waited * 1000)} milliseconds\n")
            return Done(28, waited)
    fails = any(re.fullmatch(r"--fail|-[a-zA-Z]*f[a-zA-Z]*", word) for word in words)
    if reply.status >= 400 and fails:
        machine.err.append(f"curl: (22) The requested URL returned error: {reply.status}\n")
        return Done(22, _felt(reply))
    machine.out.append(reply.body)
    return Done(0, _felt(reply))


def nslookup(machine: Machine, words: list[str]) -> Done:
    """Resolve a name."""
    host = words[0] if words else ""
    reply = machine.request(host, 0, "")
    if reply.error == "no-server":
        machine.out.append(";; connection timed out; no servers could be reached\n\n")
        return Done(1, CONNECT_SECONDS)
    machine.out.append("Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n")
    if reply.error == "host":
        machine.out.append(f"** server can't find {host}: NXDOMAIN\n")
        return Done(1)
    machine.out.append(f"Name:\t{host}\n")
    return Done()


def _awaited(reply: Reply, limit: float | None) -> Reply:
    """What a tool that waits so many seconds (`None`: for ever) gets to see of a reply."""
    return Reply("timeout") if reply.error is None and limit is not None and reply.seconds > limit else reply


def _felt(reply: Reply) -> float:
    """Seconds of a reply that somebody would notice; quick ones take no time."""
    return reply.seconds if reply.seconds >= NOTICED_SECONDS else 0.0


def _limited(words: list[str], *flags: str) -> tuple[float | None, list[str]]:
    """The last numeric flag's value (a time limit; `None` without one), and the words that are no flags."""
    limit, plain, skip = None, list[str](), False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif word in flags:
            skip = True
            value = words[place + 1] if place + 1 < len(words) else ""
            limit = float(value) if word in ("-w", "-T", "-m", "--max-time") and value.isdigit() else limit
        elif not word.startswith("-"):
            plain.append(word)
    return limit, plain


def _parts(url: str) -> tuple[str, int, str]:
    found = _URL.match(url)
    if found is None:
        return url, 80, "/"
    default = 443 if found[1] == "https" else 80
    return found[2], int(found[3] or default), found[4] or "/"
