"""Image references: `nginx:1.25` and the long name a container runtime uses for it."""

import hashlib
import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?P<host>(?:[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+|localhost|[a-zA-Z0-9-]+(?=:\d+/))(?::\d+)?/)?"
    r"(?P<path>[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True)
class ImageName:
    """A reference taken apart; `parse` makes it."""

    registry: str
    """`docker.io` when the reference names none."""
    path: str
    """With `library/` before official images of docker.io."""
    tag: str
    """`latest` when the reference names none."""
    digest: str | None

    @property
    def repository(self) -> str:
        """`docker.io/library/nginx`."""
        return f"{self.registry}/{self.path}"

    @property
    def canonical(self) -> str:
        """The name in runtime errors and in a container's status."""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"

    @property
    def familiar(self) -> str:
        """The short spelling that behaviour files use: `nginx:1.25`, `shop/cart:2`, `quay.io/x/y:1`."""
        path = self.path.removeprefix("library/")
        return f"{path}:{self.tag}" if self.registry == "docker.io" else f"{self.registry}/{path}:{self.tag}"

    @property
    def image_id(self) -> str:
        """A digest that is stable for the name, as no bytes exist to take one from."""
        digest = self.digest or "sha256:" + hashlib.sha256(self.canonical.encode()).hexdigest()
        return f"{self.repository}@{digest}"


def parse(reference: str) -> ImageName | None:
    """Take a reference apart; `None` when it is malformed (the kubelet's InvalidImageName)."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    registry = (found["host"] or "docker.io/").rstrip("/")
    path = found["path"]
    if registry == "docker.io" and "/" not in path:
        path = "library/" + path
    return ImageName(registry, path, found["tag"] or "latest", found["digest"])


def default_pull_policy(reference: str) -> str:
    """`Always` for `:latest` or no tag, else `IfNotPresent`, as the API server defaults it."""
    name = parse(reference)
    return "Always" if name is not None and name.tag == "latest" and name.digest is None else "IfNotPresent"
