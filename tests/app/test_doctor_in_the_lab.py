"""The doctor asks a real API server: the identities of `app.rbac` pass, an administrator as reader does not."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from app import doctor
from app.rbac import READER, WRITER, manifests, user_of
from lab.cluster.server import Cluster
from tools.cluster.connection import Connection
from tools.cluster.reader import Reader
from tools.redact.service import Redactor

NAMESPACES = ("default", "shop")
REDACTOR = Redactor()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(nodes=1) as running:
        running.apply([*manifests(), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}])
        yield running


@asynccontextmanager
async def identity(cluster: Cluster, user: str) -> AsyncIterator[Reader]:
    async with await Connection.from_kubeconfig(cluster.kubeconfig(user), None, timeout=10) as connection:
        yield Reader(connection, REDACTOR)


async def test_the_reader_of_the_manifests_sees_and_cannot_write(cluster: Cluster) -> None:
    async with identity(cluster, user_of(READER)) as reader:
        assert (await doctor.reader_sees(reader.namespaces, NAMESPACES)).ok
        check = await doctor.reader_cannot_write(reader, NAMESPACES)
    assert check.ok, check.detail


async def test_the_writer_of_the_manifests_can_act_and_is_no_reader(cluster: Cluster) -> None:
    async with identity(cluster, user_of(WRITER)) as writer:
        for check in (
            await doctor.writer_can_act(writer, NAMESPACES),
            await doctor.writer_does_no_more(writer, NAMESPACES),
        ):
            assert check.ok, check.detail
        assert not (await doctor.reader_cannot_write(writer, NAMESPACES)).ok


async def test_an_administrator_is_refused_as_reader(cluster: Cluster) -> None:
    async with identity(cluster, "kubernetes-admin") as admin:
        check = await doctor.reader_cannot_write(admin, NAMESPACES)
        extra = await doctor.writer_does_no_more(admin, NAMESPACES)
    assert not check.ok
    assert "The reader may" in check.detail
    assert not extra.ok
    assert "The writer may * * in default" in extra.detail


async def test_a_stranger_can_do_nothing(cluster: Cluster) -> None:
    async with identity(cluster, "somebody") as stranger:
        assert not (await doctor.reader_sees(stranger.namespaces, ())).ok
        assert not (await doctor.writer_can_act(stranger, NAMESPACES)).ok
