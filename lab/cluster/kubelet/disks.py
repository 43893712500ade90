"""`df` and the disks that it shows."""

from collections.abc import Iterator

from lab.cluster.kubelet.filling import height_of
from lab.cluster.kubelet.machine import Disk, Done, Machine
from lab.cluster.kubelet.places import mount_point
from lab.cluster.kubelet.state import Run
from lab.cluster.ports import Object
from lab.cluster.quantity import whole

ROOT_USED = 0.12
"""Share of a node's disk that its system and images take."""
MIB = 2**20


def disks_of(node: Object | None, spec: Object, run: Run, now: float) -> Iterator[Disk]:
    """The node's disk, on which the container lies, and each volume with a level on it."""
    capacity = ((node or {}).get("status") or {}).get("capacity") or {}
    size = whole(capacity.get("ephemeral-storage", "100Gi")) / MIB
    used = {"/": ROOT_USED * size}
    sizes = {"/": size}
    for level in run.behaviour.levels:
        record = run.levels.get(level.name)
        if level.disk is None or record is None:
            continue
        point, limit = mount_point(spec, level.disk), record.marks[-1].limit
        point = point if record.claim is not None else "/"
        used[point] = used.get(point, 0.0) + height_of(run, level, now)
        sizes.setdefault(point, limit or size)
    return (Disk(point, sizes[point], used[point]) for point in used)


def df(machine: Machine, words: list[str]) -> Done:
    """Show file systems; with paths, those on which they lie."""
    paths = [word for word in words if not word.startswith("-")]
    human = any(word.startswith("-") and "h" in word for word in words)
    shown = [_under(machine, path) for path in paths] if paths else list(machine.disks)
    machine.out.append(
        _row("Filesystem", "Size" if human else "1K-blocks", "Used", "Available", "Use%", "Mounted on")
    )
    for disk in shown:
        free = max(0.0, disk.size - disk.used)
        amounts = [_amount(each, human) for each in (disk.size, disk.used, free)]
        name = "overlay" if disk.mounted_on == "/" else "/dev/sdb"
        machine.out.append(_row(name, *amounts, f"{disk.used / disk.size:.0%}", disk.mounted_on))
    return Done()


def _under(machine: Machine, path: str) -> Disk:
    holding = [disk for disk in machine.disks if path.startswith(disk.mounted_on)]
    return max(holding, key=lambda disk: len(disk.mounted_on), default=Disk("/", 102_400, 12_288))


def _amount(mib: float, human: bool) -> str:
    if not human:
        return str(int(mib * 1024))
    return f"{mib / 1024:.1f}G" if mib >= 1024 else f"{mib:.1f}M"


def _row(*cells: str) -> str:
    return f"{cells[0]:<20} {cells[1]:>9} {cells[2]:>9} {cells[3]:>9} {cells[4]:>4} {cells[5]}\n"
