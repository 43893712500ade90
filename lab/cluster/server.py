"""The embedded cluster as one object: API server, controllers, clock, tokens.

with Cluster(nodes=3) as cluster:            # frozen time: move it with advance()
    cluster.apply(manifests)
    cluster.advance(60)
    path = cluster.kubeconfig()              # for kubectl or any client
"""

import base64
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import orjson
import yaml

from lab.cluster import behaviour_file
from lab.cluster.api.app import Api
from lab.cluster.api.kernel import Kernel
from lab.cluster.api.request import Request, Target
from lab.cluster.api.writes import created, replaced
from lab.cluster.apply import client_applied
from lab.cluster.audit import AuditEvent
from lab.cluster.behaviour import Behaviours
from lab.cluster.clock import VirtualClock, wall_start
from lab.cluster.defaults import default_objects
from lab.cluster.front import Front
from lab.cluster.pacemaker import Pacemaker
from lab.cluster.ports import Object
from lab.cluster.resources import by_kind
from lab.cluster.schema import root_of
from lab.cluster.store import Store
from lab.cluster.users import ADMIN, Tokens, known_as
from lab.cluster.world import World

FROZEN_START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""When frozen worlds begin, unless told otherwise: a Monday morning."""


class Cluster:
    """A Kubernetes cluster without containers, behind the real API.

    With `speed` the clock runs at that many times real time and the controllers with it. With `speed=None` time
    stands still: each change through the API settles at once, and only `advance` lets time pass.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        speed: float | None = None,
        nodes: int = 3,
        start: datetime | None = None,
        port: int = 0,
        behaviours: Behaviours | None = None,
    ) -> None:
        begin = start or (FROZEN_START if speed is None else wall_start())
        self.clock = VirtualClock(begin, speed)
        self.store = Store(self.clock, _rng(seed, "store"))
        self.world = World(self.store, self.clock, behaviours or behaviour_file.load(), _rng(seed, "world"))
        self._pacemaker = Pacemaker(self.world, self.clock, self.store)
        self._tokens = Tokens(_rng(seed, "tokens"))
        self._kernel = Kernel(self.store, self.clock, self.world, self._tokens, self._pacemaker.nudge)
        self._port = port
        for obj in default_objects(self.clock, _rng(seed, "nodes"), nodes):
            self.store.create(obj["kind"], obj)
        self.world.settle()

    # ---- life ----

    @cached_property
    def _front(self) -> Front:
        """Made when first asked for, so that a cluster that nobody calls opens nothing and can be forked."""
        return Front(Api(self._kernel), self._port)

    def start(self) -> Self:
        """Serve on 127.0.0.1; ready on return. Raises OSError for a port that is taken."""
        self._front.start()
        self._pacemaker.start()
        return self

    def stop(self) -> None:
        """Stop serving and remove the run's files."""
        self._pacemaker.stop()
        self._kernel.changes.close()
        if "_front" in vars(self):
            self._front.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ---- access ----

    @property
    def url(self) -> str:
        """`https://127.0.0.1:PORT`."""
        return self._front.url

    @property
    def certificate_authority(self) -> str:
        """The CA's certificate, PEM."""
        return self._front.authority.decode()

    @property
    def audit(self) -> list[AuditEvent]:
        """Every mutating request, in order."""
        return self._kernel.audit

    def token(self, user: str, groups: tuple[str, ...] = ()) -> str:
        """A bearer token; `system:serviceaccount:NAMESPACE:NAME` is a service account."""
        return self._tokens.mint(user, groups)

    def kubeconfig(self, user: str = ADMIN, path: Path | None = None) -> Path:
        """Write a kubeconfig for a user: its path. The file goes with the cluster unless `path` is given."""
        target = path or self._front.folder / f"{user.replace(':', '-').replace('/', '-')}.kubeconfig"
        authority = base64.b64encode(self._front.authority).decode()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "clusters": [
                {"name": "lab", "cluster": {"server": self.url, "certificate-authority-data": authority}}
            ],
            "users": [{"name": user, "user": {"token": self.token(user)}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user, "namespace": "default"}}],
        }
        target.touch(mode=0o600)
        target.write_text(yaml.dump(config, Dumper=yaml.CSafeDumper, sort_keys=False))
        return target

    # ---- the hand behind the curtain ----

    def apply(self, manifests: Iterable[Object], manager: str = "kubectl-client-side-apply") -> None:
        """Create or change objects as the administrator would with kubectl, without an audit event.

        Raises ApiError for the first manifest that is refused.
        """
        for manifest in manifests:
            resource, meta = by_kind(manifest["kind"]), manifest["metadata"]
            namespace = meta.get("namespace") or "default" if resource.namespaced else ""
            request = Request(
                "PUT",
                "",
                {"fieldManager": manager, "fieldValidation": "Strict"},
                {},
                orjson.dumps(manifest),
                known_as(ADMIN, ()),
            )
            target = Target(resource, namespace, meta["name"])
            with self.store.lock:
                live = self.store.get(resource.kind, namespace, meta["name"])
                if live is None:
                    created(self._kernel, request, target, manifest)
                else:
                    wanted = client_applied(live, manifest, root_of(resource))
                    replaced(self._kernel, request, target, live, wanted)
        self._pacemaker.nudge()

    def advance(self, seconds: float) -> None:
        """Let cluster time pass at once, firing every timer on the way."""
        self.world.advance(seconds)

    def settle(self) -> None:
        """Let the controllers react to what is due now."""
        self.world.settle()


def _rng(seed: int, purpose: str) -> random.Random:
    """A stream of its own for each purpose, so that one more draw here changes nothing there."""
    return random.Random(f"{seed}/{purpose}")  # noqa: S311 - a repeatable world, not a secret
