"""What a program makes of its configuration at its start: a format, a key, a pattern."""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from lab.cluster.behaviour import Config
from lab.cluster.corefile import mistake

_DURATION = re.compile(r"(\d+(\.\d+)?(ns|us|ms|s|m|h))+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+", re.IGNORECASE)


class Invalid(Exception):
    """The configuration cannot be used; the message says why, as a parser would."""


def check(config: Config, env: Mapping[str, str], files: Mapping[str, str]) -> None:
    """Parse one configuration. Raises `Invalid`."""
    if config.env is not None:
        text = env.get(config.env)
        if text is None:
            raise Invalid(f"{config.env} is not set")
    else:
        text = files.get(config.file or "")
        if text is None:
            raise Invalid(f"open {config.file}: no such file or directory")
    value = _parsed(config, text)
    if config.key is not None:
        value = _descend(value, config.key)
    if not re.match(config.pattern, value if isinstance(value, str) else json.dumps(value)):
        raise Invalid(f"{config.key or 'value'} {json.dumps(value)} is not valid")


def where(config: Config) -> str:
    """The source of a configuration, for its error line."""
    return config.env or config.file or ""


def _parsed(config: Config, text: str) -> Any:
    match config.format:
        case "text":
            return text
        case "yaml":
            return _yaml(text)
        case "json":
            return _json(text)
        case "properties":
            return _properties(text)
        case "integer":
            if not re.fullmatch(r"[+-]?\d+", text.strip()):
                raise Invalid(f"strconv.Atoi: parsing {json.dumps(text)}: invalid syntax")
        case "duration":
            if not _DURATION.fullmatch(text.strip()):
                raise Invalid(f"time: invalid duration {json.dumps(text)}")
        case "corefile":
            return _corefile(text)
        case "url":
            if not _URL.fullmatch(text.strip()):
                raise Invalid(f"parse {json.dumps(text)}: invalid URI for request")
    return text


def _corefile(text: str) -> str:
    if (wrong := mistake(text)) is not None:
        raise Invalid(wrong)
    return text


def _yaml(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f"line {mark.line + 1}: "
        raise Invalid(f"yaml: {line}{getattr(error, 'problem', None) or 'cannot be parsed'}") from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid(f"invalid JSON: {error}") from error


def _properties(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith(("#", "!")):
            continue
        name, sign, value = line.partition("=")
        if not sign:
            raise Invalid(f"line {number}: expected KEY=VALUE, found {json.dumps(line)}")
        found[name.strip()] = value.strip()
    return found


def _descend(value: Any, key: str) -> Any:
    if isinstance(value, dict) and key in value:
        return value[key]
    for step in key.split("."):
        if not isinstance(value, dict) or step not in value:
            raise Invalid(f"missing key {json.dumps(key)}")
        value = value[step]
    return value
