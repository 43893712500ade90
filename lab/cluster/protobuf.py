"""Decode Kubernetes protobuf bodies to JSON: kubectl 1.32 and newer sends them for typed calls.

The wire format is proto2; the envelope is `k8s\\0` and a `runtime.Unknown` (KEP "protobuf serialization").
Go writes a field without pointer even when it is empty, so that empty values are dropped as JSON's
`omitempty` would, but for the pointers named below.
"""

import base64
import gzip
import json
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

MAGIC: Final = b"k8s\x00"
MACHINERY: Final = "k8s.io.apimachinery.pkg."
PACKAGES: Final = {"": "core", "rbac.authorization.k8s.io": "rbac"}
INTEGERS: Final = frozenset(("int32", "int64", "uint32", "uint64"))
POINTERS: Final = frozenset(
    (
        *("replicas", "gracePeriodSeconds", "terminationGracePeriodSeconds", "backoffLimit", "parallelism"),
        *("completions", "optional", "automountServiceAccountToken", "runAsUser", "runAsNonRoot"),
        *("tolerationSeconds", "revisionHistoryLimit", "orphanDependents", "minReplicas", "suspend", "immutable"),
        *("successfulJobsHistoryLimit", "failedJobsHistoryLimit", "stabilizationWindowSeconds", "partition"),
        *("ttlSecondsAfterFinished", "enableServiceLinks", "allowPrivilegeEscalation", "readOnlyRootFilesystem"),
    )
)
EMPTY_OBJECTS: Final = frozenset(("emptyDir", "podSelector", "namespaceSelector", "selector"))
INLINED: Final = frozenset(
    ("volumeSource", "persistentVolumeSource", "handler", "localObjectReference", "ingressRuleValue")
)


@cache
def tables() -> dict[str, dict[str, tuple[str, str, int]]]:
    """Per message and field number: JSON name, type, 1 if repeated (`data/build_protobuf.py`)."""
    packed = files("lab.cluster.data").joinpath("protobuf.json.gz").read_bytes()
    loaded: dict[str, dict[str, tuple[str, str, int]]] = json.loads(gzip.decompress(packed))
    return loaded


def decode(body: bytes) -> dict[str, Any]:
    """The object in an enveloped body. Raises ValueError when it is not one."""
    if not body.startswith(MAGIC):
        raise ValueError("the body is not a Kubernetes protobuf envelope")
    try:
        envelope = dict(_fields(body[len(MAGIC) :]))
        type_meta = dict(_fields(envelope.get(1, b"")))
        api_version, kind = type_meta.get(1, b"").decode(), type_meta.get(2, b"").decode()
        group, _, version = api_version.rpartition("/")
        package = f"k8s.io.api.{PACKAGES.get(group, group.split('.')[0])}.{version}"
        name = f"{MACHINERY}apis.meta.v1.{kind}" if kind.endswith("Options") else f"{package}.{kind}"
        return {"apiVersion": api_version, "kind": kind, **_message(name, envelope.get(2, b""))}
    except (KeyError, IndexError, struct.error) as e:
        raise ValueError(f"the protobuf body cannot be read: {e}") from e


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) in order; the value is an integer or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 2:
                length, at = _varint(data, at)
                yield key >> 3, data[at : at + length]
                at += length
            case wire:
                width = 8 if wire == 1 else 4
                yield key >> 3, data[at : at + width]
                at += width


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _value(kind: str, raw: Any) -> Any:
    match kind:
        case "string":
            return raw.decode()
        case "bytes":
            return base64.b64encode(raw).decode()
        case "bool":
            return bool(raw)
        case "double":
            return struct.unpack("<d", raw)[0]
        case _:
            return _signed(raw) if kind in INTEGERS else _message(kind, raw)


def _special(kind: str, data: bytes) -> tuple[bool, Any]:
    """Types whose JSON is not an object of their fields: (whether it is one, the value)."""
    values = dict(_fields(data)) if not kind.endswith((".Verbs", ".ExtraValue")) else {}
    match kind.rpartition(".")[2]:
        case "Time" | "MicroTime":
            seconds = _signed(values.get(1, 0))
            stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds > 0 else None
            return True, stamp
        case "Quantity":
            return True, values.get(1, b"").decode()
        case "IntOrString":
            return True, values.get(3, b"").decode() if values.get(1) else _signed(values.get(2, 0))
        case "FieldsV1" | "RawExtension":
            return True, json.loads(values.get(1) or b"null")
        case "Verbs" | "ExtraValue":
            return True, [item.decode() for _, item in _fields(data)]
        case _:
            return False, None


def _message(kind: str, data: bytes) -> Any:
    is_special, special = _special(kind, data)
    if is_special:
        return special
    table = tables()[kind]
    out: dict[str, Any] = {}
    for number, raw in _fields(data):
        if (field := table.get(str(number))) is None:
            continue
        name, type_name, repeated = field
        if type_name.startswith("map:"):
            entry = dict(_fields(raw))
            value = _value(type_name[4:], entry[2]) if 2 in entry else ""
            out.setdefault(name, {})[entry.get(1, b"").decode()] = value
        elif repeated:
            out.setdefault(name, []).append(_value(type_name, raw))
        else:
            _set(out, name, _value(type_name, raw))
    return out


def _set(out: dict[str, Any], name: str, value: Any) -> None:
    if isinstance(value, dict) and name in INLINED:
        out.update(value)
    elif value in ("", None) or (value in (0, False) and name not in POINTERS):
        return
    elif value != {} or name in EMPTY_OBJECTS:
        out[name] = value
