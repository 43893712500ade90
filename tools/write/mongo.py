"""A MongoDB server as its workload tells of it: image, shell, address, and where its administrator's login is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from domain.accounts import USER
from domain.base import Json
from domain.cluster import Ref
from domain.errors import BadInput
from tools.analyzers.stores import Store, store_in
from tools.write.template import template_of

Shell = Literal["mongo", "mongosh"]
PORT = 27017
_FIRST_WITHOUT_MONGO = 6
"""From this major version on the images bring `mongosh` alone; before it the old shell is there."""
_ADMINISTRATORS: Mapping[str, tuple[str, str | None]] = MappingProxyType(
    {
        "MONGO_INITDB_ROOT_PASSWORD": ("MONGO_INITDB_ROOT_USERNAME", None),
        "MONGODB_ROOT_PASSWORD": ("MONGODB_ROOT_USER", "root"),
    }
)
"""Variables of the official image and of Bitnami's: password to user, and what the user is without one."""
_MAJOR = re.compile(r"v?(\d+)(?:[.-]|$)")


@dataclass(frozen=True)
class Server:
    """What a Job needs to talk to the server as its administrator does."""

    image: str
    shell: Shell
    host: str
    port: int
    user: Json
    """Of an entry of `env`: a plain `value`, or `valueFrom`."""
    password: Json
    """Of an entry of `env`: `valueFrom` always, so that no value is ever copied."""
    pod: Json
    """The spec of the server's pods."""
    container: Json


def server_of(ref: Ref, live: Json, services: Sequence[Json]) -> Server:
    """The server that a workload runs.

    Raises `BadInput` where it is none, where no Service leads to it, or where its administrator's password stands
    in the manifest in clear: AOI copies no password.
    """
    template = template_of(live)
    container = next(_servers(template), None)
    if container is None:
        raise BadInput(f"{ref} runs no MongoDB; AOI knows the users of no other server.")
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    if any(str(word).startswith(("--tls", "--ssl")) for word in words):
        raise BadInput(f"{ref} speaks TLS, for which AOI has no certificate; change its users by hand.")
    host, port = _address(ref, template, container, _port(words), services)
    user, password = administrator_of(ref, container)
    return Server(
        image=container["image"],
        shell=_shell(container["image"]),
        host=host,
        port=port,
        user=user,
        password=password,
        pod=template["spec"],
        container=container,
    )


def administrator_of(ref: Ref, container: Json) -> tuple[Json, Json]:
    """Where the administrator's name and password come from, without their names. Raises `BadInput`."""
    found = _administrator(container)
    if found is None:
        known = ", ".join(_ADMINISTRATORS)
        raise BadInput(f"{ref} sets none of {known}, so AOI knows no administrator; change its users by hand.")
    word, user, password = found
    source = password.get("valueFrom") or {}
    if not {"secretKeyRef", "configMapKeyRef"} & source.keys():
        raise BadInput(
            f"{ref} has its administrator's password {word} in clear, and AOI copies no password; "
            "put it into a Secret and refer to it, or change the users by hand."
        )
    if "valueFrom" not in user and not re.fullmatch(USER, str(user.get("value") or "")):
        raise BadInput(f"{ref} does not say who its administrator is; change its users by hand.")
    return user, {"valueFrom": source}


def administrator_name(live: Json) -> str | None:
    """The administrator's name, where the manifest has it in clear."""
    found = (_administrator(container) for container in _servers(template_of(live)))
    return next((user.get("value") for _, user, _ in filter(None, found)), None)


def administrator_secret(live: Json) -> tuple[str, str] | None:
    """Secret and key of the administrator's password."""
    found = (_administrator(container) for container in _servers(template_of(live)))
    sources = (password.get("valueFrom", {}).get("secretKeyRef") for _, _, password in filter(None, found))
    return next(((source["name"], source["key"]) for source in sources if source), None)


def _administrator(container: Json) -> tuple[str, Json, Json] | None:
    """The variable of the password, and the entries of user and password without their names."""
    env: dict[str, Json] = {
        entry["name"]: {key: value for key, value in entry.items() if key != "name"}
        for entry in container.get("env") or ()
    }
    for word, (name, otherwise) in _ADMINISTRATORS.items():
        if word in env:
            return word, env.get(name) or ({"value": otherwise} if otherwise else {}), env[word]
    return None


def _servers(template: Json) -> Iterator[Json]:
    containers = template["spec"].get("containers") or ()
    return (c for c in containers if store_in(str(c.get("image") or "")) is Store.MONGODB)


def _shell(image: str) -> Shell:
    repository, _, digest = image.partition("@")
    tag = repository.rsplit("/", 1)[-1].partition(":")[2]
    if not tag and digest:
        raise BadInput(
            f"The image {image} names no version, so AOI cannot tell which shell it has; do it by hand."
        )
    major = _MAJOR.match(tag)
    return "mongo" if major and int(major[1]) < _FIRST_WITHOUT_MONGO else "mongosh"


def _port(words: Sequence[Any]) -> int:
    """The port that the server is told to listen on."""
    text = " ".join(str(word) for word in words)
    found = re.search(r"(?:^|\s)--port[ =](\d{1,5})(?!\S)", text)
    return int(found[1]) if found else PORT


def _address(ref: Ref, template: Json, container: Json, port: int, services: Sequence[Json]) -> tuple[str, int]:
    """The name and port of the first Service that leads to the server."""
    labels = (template.get("metadata") or {}).get("labels") or {}
    named = {p.get("name"): p["containerPort"] for p in container.get("ports") or ()}
    for service in sorted(services, key=lambda service: str(service["metadata"]["name"])):
        selector = service["spec"].get("selector") or {}
        if not selector or any(labels.get(key) != value for key, value in selector.items()):
            continue
        for entry in service["spec"].get("ports") or ():
            leads = entry.get("targetPort", entry["port"])
            if named.get(leads, leads) == port:
                return service["metadata"]["name"], entry["port"]
    raise BadInput(f"No Service leads to port {port} of {ref}, so AOI cannot reach it; mend the Service first.")
