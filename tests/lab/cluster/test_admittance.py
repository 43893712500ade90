"""Clients meet expired certificates, and servers that have no room for one more."""

import base64
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.lab.cluster.small import Object, Small, deployment, service, thing

BEHAVIOURS = """
behaviours:
  - {image: "lab/tls:*", ports: [443], certificate: /etc/tls/tls.crt}
  - image: "lab/go:*"
    calls: [{name: api, address: "api:443", path: /, tls: true, failed: "api: {error}", recovered: "api is back"}]
  - image: "lab/python:*"
    dialect: python
    calls: [{name: api, address: "api:443", tls: true, failed: "api: {error}"}]
  - {image: "lab/db:*", ports: [5432], connections: {most: 50, argument: 'max_connections=(\\d+)'}}
  - image: "lab/client:*"
    ports: [80]
    http: {/: {needs: [db], otherwise: 500}}
    calls:
      - {name: db, address: "db:5432", pool: 10, pool_env: POOL, failed: "db: {error}", recovered: "db is back"}
"""


@cache
def certificate(year: int) -> str:
    """A certificate that ends with a year, PEM."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api")]),
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(year, 12, 31, tzinfo=UTC))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        .decode()
    )


def secret(year: int) -> Object:
    return thing("Secret", "api-tls", data={"tls.crt": base64.b64encode(certificate(year).encode()).decode()})


def server() -> Object:
    volumes = [{"name": "tls", "secret": {"secretName": "api-tls"}}]
    mounts = [{"name": "tls", "mountPath": "/etc/tls"}]
    return deployment("api", image="lab/tls:1", port=443, pod={"volumes": volumes}, volumeMounts=mounts)


def test_an_expired_certificate_is_refused_in_the_client_s_words_until_it_is_renewed() -> None:
    small = Small(behaviours=BEHAVIOURS).after(30, secret(2025), server(), service("api", 443))
    small.after(40, deployment("go", image="lab/go:1"), deployment("python", image="lab/python:1"))
    said = (
        "api: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time"
    )
    assert small.log("go")[-1].startswith(f"{said} 2026-01-05T09:")
    assert small.log("go")[-1].endswith("is after 2025-12-31T00:00:00Z")
    assert "certificate verify failed: certificate has expired" in small.log("python")[-1]
    assert any("TLS handshake error" in line for line in small.log("api"))
    small.after(30, secret(2090))
    assert small.log("go")[-1] == "api is back"


def clients(pool: int, replicas: int = 2) -> Object:
    return deployment(
        "client", image="lab/client:1", replicas=replicas, env=[{"name": "POOL", "value": str(pool)}]
    )


def refused(small: Small) -> int:
    """How many of the clients are refused."""
    found = 0
    for pod in small.pods("client"):
        lines = [line.text for line in small.world.logs(pod, "main", False)]
        found += bool(lines) and lines[-1] == "db: FATAL: sorry, too many clients already"
    return found


def test_pools_that_are_too_large_keep_out_who_comes_last() -> None:
    small = Small(behaviours=BEHAVIOURS).after(
        30, deployment("db", image="lab/db:1", port=5432), service("db", 5432)
    )
    small.after(40, clients(pool=25))
    assert refused(small) == 0
    small.after(60, clients(pool=30))
    assert refused(small) == 1
    assert "FATAL:  sorry, too many clients already" in small.log("db")
    small.after(60, clients(pool=10))
    assert refused(small) == 0


def test_a_server_told_to_take_more_does() -> None:
    args = ["postgres", "-c", "max_connections=200"]
    small = Small(behaviours=BEHAVIOURS).after(30, deployment("db", image="lab/db:1", port=5432, args=args))
    small.after(60, service("db", 5432), clients(pool=60, replicas=3))
    assert refused(small) == 0
    small.after(60, clients(pool=60, replicas=4))
    assert refused(small) == 1
