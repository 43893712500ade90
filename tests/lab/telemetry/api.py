"""Ask a telemetry server as a person with curl would."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen


def ask(url: str, path: str, **query: Any) -> tuple[int, Any]:
    """Status and JSON of a GET; a list repeats its parameter."""
    pairs = [(key, one) for key, value in query.items() for one in (value if isinstance(value, list) else [value])]
    try:
        with urlopen(f"{url}{path}?{urlencode(pairs)}", timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as e:
        return e.code, json.loads(e.read())


def data(url: str, path: str, **query: Any) -> Any:
    """The `data` of a good answer."""
    status, body = ask(url, path, **query)
    assert (status, body.get("status", "success")) == (200, "success"), body
    return body["data"]


def vector(url: str, query: str, by: str, **more: Any) -> dict[str, float]:
    """An instant vector as numbers by one label."""
    found = data(url, "/api/v1/query", query=query, **more)
    assert found["resultType"] == "vector"
    return {row["metric"].get(by, ""): float(row["value"][1]) for row in found["result"]}


def labels_of(rows: list[Mapping[str, Any]], name: str) -> set[str]:
    """The values of a label in `/series`."""
    return {row[name] for row in rows if name in row}
