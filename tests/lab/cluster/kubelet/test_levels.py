"""What fills and empties in containers: disks stay with their volumes, pools and queues go with a process."""

import pytest

from lab.cluster.behaviour import Behaviours
from lab.cluster.levels import Level, height
from lab.cluster.quantity import whole
from tests.lab.cluster.small import Object, Small, deployment, service, thing

BEHAVIOURS = """
behaviours:
  - image: "lab/db:*"
    ports: [5432]
    http: {/write: {when: {full: data}, otherwise: 500, error: "No space left on device"}}
    levels: [{name: data, disk: /var/lib/db, start: 100, growth_per_minute: 200}]
    exec: [{pattern: "purge*", empties: data}]
    exits:
      - {after_seconds: 5, code: 1, when: {full: data},
         lines: ['PANIC: could not write to file "pg_wal/xlogtemp.1": No space left on device']}
  - image: "lab/logger:*"
    ports: [80]
    levels: [{name: logs, disk: /var/log/app, growth_per_minute: 20000}]
  - image: "lab/pool:*"
    ports: [80]
    http: {/: {when: {full: pool}, otherwise: 503, error: "connection pool exhausted"}}
    levels: [{name: pool, limit: 20, growth_per_minute: 10}]
"""


def claim(size: str) -> Object:
    wanted = {"requests": {"storage": size}}
    return thing("PersistentVolumeClaim", "data", spec={"accessModes": ["ReadWriteOnce"], "resources": wanted})


def database() -> Object:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    mounts = [{"name": "data", "mountPath": "/var/lib/db"}]
    return deployment("db", image="lab/db:1", pod={"volumes": volumes}, volumeMounts=mounts)


def asked(small: Small, url: str) -> int:
    return small.world.exec(small.pod("probe"), "main", ["wget", "-q", url]).exit_code


@pytest.mark.parametrize(
    ("at", "expected"), [(0, 5), (60, 0), (120, 10), (180, 20), (240, 15), (600, 0), (100_000, 0)]
)
def test_a_level_is_straight_between_the_changes_of_its_condition(at: float, expected: float) -> None:
    level = Level.model_validate(
        {"name": "lag", "when": {"flag": "slow", "matches": "on"}, "growth_per_minute": 10, "drain_per_minute": 5}
    )
    assert height(level, 0, [60, 180], 5, None, at) == pytest.approx(expected)


def test_a_level_stays_at_its_limit() -> None:
    level = Level(name="disk", growth_per_minute=10)
    assert height(level, 0, [], 0, 25, 3600) == 25


def test_a_condition_that_never_changes_moves_no_level() -> None:
    wrong = {"behaviours": [{"image": "a:*", "levels": [{"name": "x", "when": {"env": "A"}}]}]}
    with pytest.raises(ValueError, match="comes and goes"):
        Behaviours.model_validate(wrong)


def test_a_full_volume_ends_its_database_at_every_start_until_it_grows() -> None:
    small = Small(behaviours=BEHAVIOURS).after(30, claim("1Gi"), database())
    df = small.world.exec(small.pod("db"), "main", ["df", "-h", "/var/lib/db"])
    assert df.stdout.splitlines()[1].split()[1] == "1.0G"
    small.world.advance(600)
    last = small.container("db")["lastState"]["terminated"]
    assert (last["exitCode"], small.container("db")["ready"]) == (1, False)
    assert small.container("db")["restartCount"] >= 3
    assert "No space left on device" in "".join(small.log("db"))
    grown = small.get("PersistentVolumeClaim", "data")
    grown["spec"] = {**grown["spec"], "resources": {"requests": {"storage": "100Gi"}}}
    small.put(grown)
    assert small.get("PersistentVolumeClaim", "data")["status"]["capacity"] == {"storage": "100Gi"}
    assert any(told.startswith("FileSystemResizeSuccessful") for told in small.events("data"))
    small.world.advance(400)
    assert small.container("db")["ready"]


def test_what_was_thrown_away_leaves_room() -> None:
    small = Small(behaviours=BEHAVIOURS).after(
        200, claim("1Gi"), database(), service("db", 5432), deployment("probe")
    )
    assert asked(small, "http://db:5432/write") == 0
    used = [
        float(row.split()[2]) for row in small.world.exec(small.pod("db"), "main", ["df"]).stdout.splitlines()[2:]
    ]
    assert used[0] / 1024 == pytest.approx(100 + 200 * 198 / 60, rel=0.05)
    assert small.world.exec(small.pod("db"), "main", ["sh", "-c", "purge all"]).exit_code == 0
    small.world.advance(60)
    assert small.container("db")["restartCount"] == 0


def test_an_exhausted_pool_refuses_until_the_process_is_new() -> None:
    small = Small(behaviours=BEHAVIOURS).after(
        60, deployment("pool", image="lab/pool:1"), service("pool", 80), deployment("probe")
    )
    assert asked(small, "http://pool/") == 0
    small.world.advance(120)
    assert asked(small, "http://pool/") == 1
    small.delete("Pod", small.pod("pool")["metadata"]["name"], grace=0)
    small.world.advance(30)
    assert asked(small, "http://pool/") == 0


def test_logs_that_fill_a_node_s_disk_bring_it_under_pressure() -> None:
    small = Small(behaviours=BEHAVIOURS, nodes=1).after(30, deployment("logger", image="lab/logger:1"))
    disk = whole(small.get("Node", "node-1")["status"]["capacity"]["ephemeral-storage"]) / 2**20
    small.world.advance(disk / 20000 * 60)
    assert small.conditions("Node", "node-1")["DiskPressure"] == "True KubeletHasDiskPressure"
    assert any(pod["status"].get("reason") == "Evicted" for pod in small.pods("logger"))
