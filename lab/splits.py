"""Train and held-out tasks of a benchmark: two parts that share no family of faults.

The rule, so that nobody can have picked: families are ordered by the SHA-256 of their name, and each is taken for
training when the wanted number of tasks can still be met exactly with those that follow. What is left is held out.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from domain.errors import BadInput


def train_families(families: Iterable[str], tasks: int) -> frozenset[str]:
    """The families for training, from the family of each task. Raises BadInput when no choice meets the number."""
    sizes = Counter(families)
    order = sorted(sizes, key=lambda family: hashlib.sha256(family.encode()).hexdigest())
    chosen: set[str] = set()
    left = tasks
    for position, family in enumerate(order):
        rest = [sizes[other] for other in order[position + 1 :]]
        if sizes[family] <= left and (left - sizes[family]) in _sums(rest):
            chosen.add(family)
            left -= sizes[family]
    if left:
        raise BadInput(f"No choice of whole families holds {tasks} tasks; choose another number.")
    return frozenset(chosen)


def _sums(sizes: Sequence[int]) -> set[int]:
    """Every total that some of the sizes make."""
    totals = {0}
    for size in sizes:
        totals |= {total + size for total in totals}
    return totals
