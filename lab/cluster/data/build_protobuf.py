"""Reduce the Kubernetes protobuf definitions to field tables for `lab.cluster.protobuf`.

    apt-get download golang-k8s-api-dev golang-k8s-apimachinery-dev   # Debian sid, 0.36.4
    dpkg -x golang-k8s-api-dev_*.deb unpacked && dpkg -x golang-k8s-apimachinery-dev_*.deb unpacked
    python -m lab.cluster.data.build_protobuf unpacked/usr/share/gocode/src

The table is {message: {field number: [JSON name, type, 1 if repeated]}}; a map's type is `map:VALUE_TYPE`.
See NOTICE for the origin of the data.
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Final

TARGET: Final = Path(__file__).with_name("protobuf.json.gz")
SCALARS: Final = frozenset(("string", "bytes", "bool", "int32", "int64", "double", "uint32", "uint64"))
PACKAGES: Final = tuple(
    f".{group}.{version}"
    for group, version in (
        *(("core", "v1"), ("apps", "v1"), ("batch", "v1"), ("autoscaling", "v1"), ("autoscaling", "v2")),
        *(("policy", "v1"), ("networking", "v1"), ("rbac", "v1"), ("storage", "v1"), ("authorization", "v1")),
        *(("authentication", "v1"), ("discovery", "v1"), ("coordination", "v1"), ("scheduling", "v1")),
        *(("meta", "v1"), ("pkg", "runtime"), ("util", "intstr"), ("api", "resource")),
    )
)
MESSAGE: Final = re.compile(r"message (\w+) \{(.*?)\n\}", re.S)
FIELD: Final = re.compile(
    r"(?:optional|(?P<repeated>repeated))?\s*"
    r"(?:map<\s*[\w.]+,\s*(?P<map>[\w.]+)\s*>|(?P<type>[\w.]+))\s+(?P<name>\w+)\s*=\s*(?P<number>\d+)"
)

Table = dict[str, dict[str, tuple[str, str, int]]]


def messages(text: str) -> Table:
    """The messages of one `generated.proto`; none if its package is not among those needed."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    found = re.search(r"package ([\w.]+);", text)
    if found is None or not found[1].endswith(PACKAGES):
        return {}
    package = found[1]

    def full(name: str) -> str:
        return name if name in SCALARS else name.lstrip(".") if "." in name else f"{package}.{name}"

    return {
        f"{package}.{message}": {
            field["number"]: (
                field["name"],
                f"map:{full(field['map'])}" if field["map"] else full(field["type"]),
                1 if field["repeated"] else 0,
            )
            for field in FIELD.finditer(body)
        }
        for message, body in MESSAGE.findall(text)
    }


def main(source: Path) -> None:
    """Write `protobuf.json.gz`."""
    table: Table = {}
    for file in sorted(source.glob("k8s.io/*/**/generated.proto")):
        table |= messages(file.read_text())
    packed = gzip.compress(json.dumps(table, separators=(",", ":")).encode(), 9, mtime=0)
    TARGET.write_bytes(packed)
    sys.stdout.write(f"{len(table)} messages, {len(packed)} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
