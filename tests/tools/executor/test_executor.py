"""What the executor makes of a changed world, of a refusing API server, and of lost answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.actions import Change
from domain.errors import (
    AoiError,
    ClusterConflict,
    ClusterForbidden,
    ClusterRejected,
    ClusterUnreachable,
    StoreUnavailable,
)
from domain.execution import Effect, Execution
from tests.fakes import SilentBell
from tests.tools.api import TinyApi
from tests.tools.hands import LIFETIME, Workshop
from tests.tools.records import MemoryLedger
from tests.tools.samples import CHECKOUT, POLICY, SAMPLES, SERVICE
from tools.cluster.dryrun import DryRun
from tools.cluster.writer import Writer, Written


def workshop(api: TinyApi, ledger: MemoryLedger | None = None) -> Workshop:
    made = Workshop(source=api.writer, dry_run=DryRun(api.connection), hands=api.writer)
    return replace(made, ledger=ledger) if ledger else made


async def outcome(made: Workshop, name: str, meanwhile: Callable[[], object] = lambda: None) -> Execution:
    """The sample planned and approved, then something happens, then the executor comes."""
    proposal_id = await made.approved(await made.planned(SAMPLES[name]))
    meanwhile()
    await made.executor().run_once()
    return made.ledger.rows[proposal_id]


def edited(thing: dict[str, Any]) -> None:
    thing["spec"]["replicas"] = 5


def retargeted(thing: dict[str, Any]) -> None:
    thing["spec"]["ports"][0]["targetPort"] = 9999


def replaced(thing: dict[str, Any]) -> None:
    thing["metadata"]["uid"] = "another"


def reported(thing: dict[str, Any]) -> None:
    thing["status"] = {"readyReplicas": 0}


@pytest.mark.parametrize(
    ("name", "ref", "change"),
    [
        ("set_image", CHECKOUT, edited),
        ("set_image", CHECKOUT, replaced),
        ("patch_service_port", SERVICE, retargeted),
        ("patch_service_port", SERVICE, replaced),
        ("remove_network_policy", POLICY, lambda p: p["spec"].update(policyTypes=["Egress"])),
        ("remove_network_policy", POLICY, replaced),
    ],
)
async def test_an_object_that_changed_since_it_was_shown_is_left_alone(
    name: str, ref: Any, change: Callable[[dict[str, Any]], None]
) -> None:
    api = TinyApi.shop()
    row = await outcome(workshop(api), name, lambda: api.edit(ref, change))
    assert row.effect is Effect.REFUSED
    assert "changed since it was shown" in row.detail
    assert api.effects == []


@pytest.mark.parametrize("name", ["set_image", "patch_service_port", "delete_pod", "cordon", "set_config_key"])
async def test_a_status_update_does_not_stop_it(name: str) -> None:
    api = TinyApi.shop()
    ref = SAMPLES[name].target
    row = await outcome(workshop(api), name, lambda: api.edit(ref, reported, status=True))
    assert row.effect is Effect.DONE, row.detail


@pytest.mark.parametrize("name", ["scale", "remove_network_policy", "delete_pod"])
async def test_an_object_that_is_gone_is_not_taken_for_our_doing(name: str) -> None:
    api = TinyApi.shop()
    before = dict(api.objects)

    def vanish() -> None:
        for path in before:
            if path.endswith(f"/{SAMPLES[name].target.name}"):
                del api.objects[path]

    row = await outcome(workshop(api), name, vanish)
    assert row.effect is Effect.REFUSED
    assert api.effects == []


async def test_a_config_map_that_somebody_else_made_is_left_alone() -> None:
    api = TinyApi.shop()
    made = workshop(api)
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "checkout-config", "uid": "theirs"}}

    def create() -> None:
        api.objects["/api/v1/namespaces/shop/configmaps/checkout-config"] = api.stamped(other)

    row = await outcome(made, "create_config_map", create)
    assert row.effect is Effect.REFUSED
    assert api.effects == []


@dataclass
class Once:
    """One error at the first write, then silence."""

    error: AoiError
    times: int = 1

    def __call__(self, method: str, path: str) -> AoiError | None:
        if method == "GET" or self.times == 0:
            return None
        self.times -= 1
        return self.error


@dataclass
class OutcomeBell(SilentBell):
    """Tells that an outcome was announced."""

    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self, topic: str) -> None:
        if topic.startswith("outcome:"):
            self.rung.set()


class Slow(Writer):
    """The first request seems lost and reaches the server together with the second, before it."""

    def __init__(self, api: TinyApi) -> None:
        super().__init__(api.connection)
        self.sent = 0
        self._late: tuple[Change, Any, str] | None = None

    async def apply(self, change: Change, live: Any, action_id: str) -> Written:
        self.sent += 1
        if self._late is None:
            self._late = (change, live, action_id)
            raise GONE_QUIET
        await super().apply(*self._late)
        return await super().apply(change, live, action_id)


GONE_QUIET = ClusterUnreachable("The API server did not answer in time.")


@pytest.mark.parametrize("name", ["scale", "create_config_map", "remove_network_policy"])
@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_lost_answer_is_settled_by_looking(name: str, where: str) -> None:
    api = TinyApi.shop()
    row = await outcome(workshop(api), name, lambda: setattr(api, where, Once(GONE_QUIET)))
    assert row.effect is Effect.DONE, row.detail
    assert len(api.effects) == 1


@pytest.mark.parametrize("name", ["scale", "create_config_map", "remove_network_policy"])
@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_server_that_stays_away_after_a_write_leaves_it_to_a_person(name: str, where: str) -> None:
    api = TinyApi.shop()

    def away() -> None:
        written = []

        def trouble(method: str, path: str) -> AoiError | None:
            if method != "GET":
                written.append(path)
            return GONE_QUIET if written else None

        setattr(api, where, trouble)

    row = await outcome(workshop(api), name, away)
    assert row.effect is Effect.UNKNOWN
    assert "cannot be told" in row.detail
    assert len(api.effects) == (1 if where == "after" else 0)


async def test_a_server_that_is_away_before_any_write_is_a_failure_that_changed_nothing() -> None:
    api = TinyApi.shop()
    row = await outcome(workshop(api), "scale", lambda: setattr(api, "before", lambda method, path: GONE_QUIET))
    assert row.effect is Effect.FAILED
    assert "Nothing was changed" in row.detail
    assert row.intended_at is None


async def test_a_conflict_with_a_status_update_is_tried_again() -> None:
    api = TinyApi.shop()
    row = await outcome(
        workshop(api), "scale", lambda: setattr(api, "before", Once(ClusterConflict("changed"), 2))
    )
    assert row.effect is Effect.DONE
    assert len(api.effects) == 1


async def test_conflicts_without_end_are_given_up() -> None:
    api = TinyApi.shop()
    row = await outcome(workshop(api), "scale", lambda: setattr(api, "before", Once(ClusterConflict("x"), 99)))
    assert row.effect is Effect.FAILED
    assert api.effects == []


@pytest.mark.parametrize(
    ("error", "says"),
    [(ClusterForbidden("No patch."), "no right to patch"), (ClusterRejected("spec is bad."), "spec is bad")],
)
async def test_a_refusing_server_is_a_failure_with_its_reason(error: AoiError, says: str) -> None:
    api = TinyApi.shop()
    trouble = Once(error, 99)
    row = await outcome(workshop(api), "scale", lambda: setattr(api, "before", trouble))
    assert row.effect is Effect.FAILED
    assert says in row.detail
    assert trouble.times == 98, "a refusal is not argued with"


@pytest.mark.parametrize("name", ["scale", "patch_service_port", "create_config_map", "remove_network_policy"])
async def test_a_request_that_arrives_late_and_its_repetition_are_one_effect(name: str) -> None:
    """The first request is on its way when the object is looked at; it lands just before the second one."""
    api = TinyApi.shop()
    made = workshop(api)
    proposal_id = await made.approved(await made.planned(SAMPLES[name]))
    hands = Slow(api)
    await made.executor(hands=hands).run_once()
    assert hands.sent == 2
    assert made.ledger.rows[proposal_id].effect is Effect.DONE
    assert len(api.effects) == 1


async def test_an_expired_approval_changes_nothing() -> None:
    api = TinyApi.shop()
    made = workshop(api)

    def wait() -> None:
        made.clock.at += LIFETIME

    row = await outcome(made, "scale", wait)
    assert row.effect is Effect.REFUSED
    assert "expired" in row.detail
    assert api.effects == []


async def test_nothing_to_do_is_said() -> None:
    assert not await workshop(TinyApi.shop()).executor().run_once()


async def test_the_loop_survives_a_database_that_is_away_and_stops_when_told() -> None:
    api = TinyApi.shop()

    class Shaky(MemoryLedger):
        failures = 3

        async def take(self, executor: str, now: Any, stale_seconds: float) -> Execution | None:
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("The database is locked.")
            return await super().take(executor, now, stale_seconds)

    made = workshop(api, Shaky())
    proposal_id = await made.approved(await made.planned(SAMPLES["scale"]))
    bell = OutcomeBell()
    stop = asyncio.Event()
    loop = asyncio.create_task(replace(made.executor(), bell=bell).run(stop))
    await bell.rung.wait()
    stop.set()
    await loop
    assert made.ledger.rows[proposal_id].effect is Effect.DONE
    assert len(api.effects) == 1


async def test_a_ledger_that_is_away_after_the_effect_is_made_good_later() -> None:
    api = TinyApi.shop()

    class Deaf(MemoryLedger):
        deaf = True

        async def finish(self, *args: Any) -> bool:
            if self.deaf:
                raise StoreUnavailable("The database is locked.")
            return await super().finish(*args)

    ledger = Deaf()
    made = workshop(api, ledger)
    proposal_id = await made.approved(await made.planned(SAMPLES["scale"]))
    with pytest.raises(StoreUnavailable):
        await made.executor().run_once()
    ledger.deaf = False
    made.clock.at += timedelta(minutes=2)
    assert await made.executor("two").run_once()
    assert ledger.rows[proposal_id].effect is Effect.DONE
    assert len(api.effects) == 1


class Broken(Writer):
    """Fails in a way that nobody foresaw: while it looks, or once the request is sent."""

    def __init__(self, api: TinyApi, sent: bool) -> None:
        super().__init__(api.connection)
        self.sent = sent

    async def get(self, ref: Any) -> Any:
        if not self.sent:
            raise KeyError("metadata")
        return await super().get(ref)

    async def apply(self, change: Change, live: Any, action_id: str) -> Written:
        await super().apply(change, live, action_id)
        raise KeyError("resourceVersion")


@pytest.mark.parametrize(("sent", "effect"), [(False, Effect.FAILED), (True, Effect.UNKNOWN)])
async def test_an_error_that_nobody_foresaw_is_an_outcome_and_the_next_row_is_done(
    sent: bool, effect: Effect
) -> None:
    """Neither does it come back for ever, nor does it say that nothing happened when something may have."""
    api = TinyApi.shop()
    made = workshop(api)
    first = await made.approved(await made.planned(SAMPLES["scale"]))
    await made.executor(hands=Broken(api, sent)).run_once()
    assert made.ledger.rows[first].effect is effect
    assert "The executor itself failed (KeyError)" in made.ledger.rows[first].detail
    assert len(api.effects) == int(sent)
    second = await made.approved(await made.planned(SAMPLES["patch_service_port"]))
    assert await made.executor().run_once()
    assert made.ledger.rows[second].effect is Effect.DONE
