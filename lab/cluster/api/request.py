"""One API call, parsed."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
import yaml

from lab.cluster import protobuf
from lab.cluster.errors import ApiError
from lab.cluster.ports import Object
from lab.cluster.resources import Resource
from lab.cluster.users import User

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
JSON: Final = "application/json"


class Form(StrEnum):
    """In which shape the caller wants objects."""

    OBJECT = "object"
    TABLE = "table"
    METADATA = "metadata"


@dataclass(frozen=True)
class Target:
    """What a path names."""

    resource: Resource
    namespace: str
    """Empty for all namespaces, and for cluster-scoped resources."""
    name: str = ""
    subresource: str = ""


@dataclass(frozen=True)
class Request:
    """One API call."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    user: User

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing may be kept: as the query says, or the options in the body."""
        if self.query.get("dryRun") == "All":
            return True
        if b"dryRun" not in self.body or "protobuf" in self.media_type or self.method not in ("DELETE", "POST"):
            return False
        body = self.decoded_object()
        options = body.get("deleteOptions") if self.method == "POST" else body
        return "All" in ((options or {}).get("dryRun") or ())

    @property
    def is_watch(self) -> bool:
        """Whether a GET asks for changes."""
        return self.query.get("watch") in ("1", "true")

    @property
    def media_type(self) -> str:
        """The body's type, without parameters."""
        return self.headers.get("content-type", JSON).partition(";")[0].strip()

    @property
    def manager(self) -> str:
        """The field manager: as given, else the program's name from the user agent."""
        agent = self.headers.get("user-agent", "").partition("/")[0].strip()
        return self.query.get("fieldManager") or agent or "unknown"

    @property
    def form(self) -> Form:
        """The first shape of the Accept header that the server can give."""
        for option in self.headers.get("accept", "").replace(" ", "").split(","):
            if "as=Table" in option and "v=v1;" in f"{option};":
                return Form.TABLE
            if "as=PartialObjectMetadata" in option and "v=v1;" in f"{option};":
                return Form.METADATA
        return Form.OBJECT

    def decoded(self) -> Any:
        """The body as JSON values. Raises ApiError 400."""
        try:
            if "protobuf" in self.media_type:
                return protobuf.decode(self.body)
            if "yaml" in self.media_type:
                return yaml.load(self.body, Loader=yaml.CSafeLoader)
            return orjson.loads(self.body)
        except (ValueError, yaml.YAMLError) as e:
            raise ApiError.bad_request(f"error decoding the request body: {e}") from e

    def decoded_object(self) -> Object:
        """The body as one object; empty for no body. Raises ApiError 400."""
        found = self.decoded() if self.body else {}
        if not isinstance(found, dict):
            raise ApiError.bad_request("the request body is not an object")
        return found


def query_of(scope: Scope) -> dict[str, str]:
    """The query; of a repeated parameter the last one counts."""
    return dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers, names in lower case."""
    return {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
