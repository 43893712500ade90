"""The training files as they are read: what is in them, and every reason not to train on them."""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from domain.base import digest_of
from domain.errors import BadInput

Row = Mapping[str, Any]
TRAIN: Final = "train"
_FILES: Final = ("prompts", "groups", "thumbs", "steps")


@dataclass(frozen=True)
class Data:
    """The rows of the train split, file by file; a file that is not there has none."""

    prompts: tuple[Row, ...]
    groups: tuple[Row, ...]
    thumbs: tuple[Row, ...]
    steps: tuple[Row, ...]
    digest: str
    """SHA-256 over all rows, those of other splits included."""


def read_data(folder: Path) -> Data:
    """The rows of a folder that `aoi learn export` wrote.

    Raises:
        BadInput: the folder or a file is not usable, or a family of faults is in several splits.
    """
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder} to train on; `aoi learn export` writes one.")
    files = {name: _rows(folder / f"{name}.jsonl") for name in _FILES}
    _check_splits([row for rows in files.values() for row in rows])
    kept = {name: tuple(row for row in rows if row.get("split", TRAIN) == TRAIN) for name, rows in files.items()}
    return Data(**kept, digest=digest_of(files))


def check_enough(rows: Sequence[Row], least: int, what: str) -> None:
    """Raises BadInput where there are fewer rows than that: TRL would train no step and say nothing."""
    if len(rows) < least:
        raise BadInput(
            f"There are {len(rows)} {what}, and training takes at least {least}; collect more runs first."
        )


def check_varied(groups: Iterable[Sequence[float]]) -> None:
    """Raises BadInput where no group has two rewards: there would be nothing to prefer."""
    if not any(max(rewards) > min(rewards) for rewards in groups if rewards):
        raise BadInput(
            "The reward is the same for every completion of every group, so nothing can be learnt from it; "
            "check the references of the rows, or draw completions at a higher temperature."
        )


def usable(groups: Sequence[Row]) -> list[Row]:
    """Groups with token ids and log-probabilities for at least two completions; others cannot be replayed."""
    kept: list[Row] = []
    for row in groups:
        drawn = [one for one in row["completions"] if 0 < len(one["token_ids"]) == len(one["logprobs"])]
        if len(drawn) >= 2:
            kept.append({**row, "completions": drawn})
    return kept


def in_order(rows: Sequence[Row], count: int, seed: int) -> list[Row]:
    """So many rows, shuffled anew each time all were used.

    TRL's own order cannot be taken up in the middle of its second pass, as a training that was killed has to.
    """
    chance, order = random.Random(seed), list[Row]()  # noqa: S311 - an order, not a secret
    while len(order) < count:
        order += chance.sample(rows, len(rows))
    return order[:count]


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError as e:
            raise BadInput(f"{path.name}, line {number}, is no JSON; export the data again.") from e
        if not isinstance(row, dict) or not isinstance(row.get("prompt"), list) or not row["prompt"]:
            raise BadInput(f"{path.name}, line {number}, has no prompt; export the data again.")
        rows.append(row)
    return rows


def _check_splits(rows: Iterable[Row]) -> None:
    splits: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.get("family"):
            splits[row["family"]].add(row.get("split", TRAIN))
    if leaking := sorted(family for family, where in splits.items() if len(where) > 1):
        raise BadInput(
            f"The family {leaking[0]} is in the splits {' and '.join(sorted(splits[leaking[0]]))}, "
            "so what is measured would have been trained on; export the data again by whole families."
        )
