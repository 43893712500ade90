"""Which workloads are databases, caches and brokers, by their images and by the ports of their Services."""

import re
from collections.abc import Mapping
from enum import StrEnum

from tools.analyzers.objects import Workload
from tools.analyzers.wiring import Wiring, all_containers


class Store(StrEnum):
    """Middleware that other programs log in to or keep their data in."""

    MONGODB = "MongoDB"
    POSTGRESQL = "PostgreSQL"
    MYSQL = "MySQL"
    REDIS = "Redis"
    KAFKA = "Kafka"
    RABBITMQ = "RabbitMQ"
    MEMCACHED = "Memcached"
    SEARCH = "Elasticsearch"


_IMAGES: Mapping[str, Store] = {
    **dict.fromkeys(("mongo", "mongod", "mongodb"), Store.MONGODB),
    **dict.fromkeys(("postgres", "postgresql", "postgis", "pgbouncer"), Store.POSTGRESQL),
    **dict.fromkeys(("mysql", "mariadb", "percona"), Store.MYSQL),
    **dict.fromkeys(("redis", "valkey", "keydb"), Store.REDIS),
    **dict.fromkeys(("kafka", "redpanda"), Store.KAFKA),
    "rabbitmq": Store.RABBITMQ,
    "memcached": Store.MEMCACHED,
    **dict.fromkeys(("elasticsearch", "opensearch"), Store.SEARCH),
}
_PORTS: Mapping[int, Store] = {
    27017: Store.MONGODB,
    5432: Store.POSTGRESQL,
    3306: Store.MYSQL,
    6379: Store.REDIS,
    9092: Store.KAFKA,
    5672: Store.RABBITMQ,
    11211: Store.MEMCACHED,
    9200: Store.SEARCH,
}


def store_of(wiring: Wiring, workload: Workload) -> Store | None:
    """What kind of store a workload is; `None` for every other program."""
    images = (str(container.get("image") or "") for container in all_containers(workload.pod_spec))
    if found := next((store for image in images if (store := store_in(image))), None):
        return found
    ports = (int(port["port"]) for backing in wiring.serving(workload.ref) for port in backing.ports)
    return next((_PORTS[port] for port in ports if port in _PORTS), None)


def store_in(image: str) -> Store | None:
    """What kind of store an image holds; `None` for every other program, exporters of metrics among them."""
    name = image.split("@", 1)[0].rsplit("/", 1)[-1].split(":", 1)[0].lower()
    words = () if "exporter" in name else re.split(r"[^a-z0-9]+", name)
    return next((_IMAGES[word] for word in words if word in _IMAGES), None)


def stores(wiring: Wiring) -> Mapping[str, tuple[Workload, Store]]:
    """The stores of the namespace, by the names of their workloads."""
    return wiring.snapshot.once("stores", lambda _: _stores(wiring))


def _stores(wiring: Wiring) -> dict[str, tuple[Workload, Store]]:
    found = ((workload, store_of(wiring, workload)) for workload in wiring.workloads)
    return {workload.ref.name: (workload, store) for workload, store in found if store is not None}
