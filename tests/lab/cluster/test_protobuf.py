"""Protobuf bodies, as kubectl 1.32 and newer send them."""

import pytest

from lab.cluster import protobuf
from lab.cluster.data.build_protobuf import messages


def field(number: int, *values: bytes | str | int) -> bytes:
    """One protobuf field for each value."""
    out = b""
    for value in values:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def varint(value: int) -> bytes:
    out = b""
    value &= (1 << 64) - 1
    while value > 127:
        out += bytes((value & 127 | 128,))
        value >>= 7
    return out + bytes((value,))


def envelope(api_version: str, kind: str, message: bytes) -> bytes:
    return b"k8s\x00" + field(1, field(1, api_version) + field(2, kind)) + field(2, message)


def test_a_config_map() -> None:
    meta = field(1, "settings") + field(3, "shop") + field(11, field(1, "app") + field(2, "web"))
    body = envelope("v1", "ConfigMap", field(1, meta) + field(2, field(1, "k") + field(2, "v")))
    assert protobuf.decode(body) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "shop", "labels": {"app": "web"}},
        "data": {"k": "v"},
    }


def test_pointers_keep_their_zero_and_times_are_texts() -> None:
    template = field(2, field(2, field(1, "main") + field(2, "nginx:1")))
    spec = field(1, 0) + field(2, field(1, field(1, "app") + field(2, "web"))) + field(3, template)
    created = field(8, field(1, 1_767_603_600))
    decoded = protobuf.decode(
        envelope("apps/v1", "Deployment", field(1, field(1, "web") + created) + field(2, spec))
    )
    assert decoded["spec"]["replicas"] == 0
    assert decoded["spec"]["selector"] == {"matchLabels": {"app": "web"}}
    assert decoded["spec"]["template"]["spec"]["containers"] == [{"name": "main", "image": "nginx:1"}]
    assert decoded["metadata"]["creationTimestamp"] == "2026-01-05T09:00:00Z"


def test_secrets_are_base64_as_in_json() -> None:
    body = envelope("v1", "Secret", field(2, field(1, "pw") + field(2, b"x\xff")))
    assert protobuf.decode(body)["data"] == {"pw": "eP8="}


def test_delete_options() -> None:
    body = envelope("meta.k8s.io/v1", "DeleteOptions", field(1, 0) + field(5, "All"))
    assert protobuf.decode(body) == {
        "apiVersion": "meta.k8s.io/v1",
        "kind": "DeleteOptions",
        "gracePeriodSeconds": 0,
        "dryRun": ["All"],
    }


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"k8s\x00\xff", envelope("v1", "Gadget", b""), envelope("v1", "Pod", b"\x0a\xff")]
)
def test_what_cannot_be_read_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"protobuf|Gadget|envelope"):
        protobuf.decode(body)


PROTO = """
/* messages { of old */
package k8s.io.api.policy.v1;

// PodDisruptionBudget is ... { }
message PodDisruptionBudget {
  optional .k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta metadata = 1;
  optional PodDisruptionBudgetSpec spec = 2;
  optional PodDisruptionBudgetStatus status = 3;
}

message PodDisruptionBudgetStatus {
  optional int64 observedGeneration = 1;
  map<string, k8s.io.apimachinery.pkg.apis.meta.v1.Time> disruptedPods = 2;
  optional int32 disruptionsAllowed = 3;
  optional int32 currentHealthy = 4;
  optional int32 desiredHealthy = 5;
  optional int32 expectedPods = 6;
  repeated k8s.io.apimachinery.pkg.apis.meta.v1.Condition conditions = 7;
}
"""


def test_the_build_script_makes_the_tables_that_are_shipped() -> None:
    made = messages(PROTO)
    assert set(made) == {f"k8s.io.api.policy.v1.PodDisruptionBudget{part}" for part in ("", "Status")}
    for name, fields in made.items():
        assert fields == {number: tuple(each) for number, each in protobuf.tables()[name].items()}
    assert messages("package k8s.io.api.extensions.v1beta1;\nmessage X {\n  optional string a = 1;\n}\n") == {}
