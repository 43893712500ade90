"""`python -m learn.grpo`, started by `aoi learn train` in the training environment."""

import argparse
import sys
from pathlib import Path

from domain.errors import BadInput
from learn.grpo.data import read_data
from learn.grpo.profile import load_profile
from learn.grpo.progress import to_lines
from learn.grpo.scorers import REWARD

REFUSED = 2


def main() -> int:
    """Train; events on stdout as JSON Lines, one sentence on stderr where it is refused."""
    parser = argparse.ArgumentParser(prog="python -m learn.grpo")
    parser.add_argument("--profile", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scorer", default=REWARD)
    wanted = parser.parse_args()
    lines = to_lines(sys.stdout)
    # Libraries print as they like; the lines are AOI's alone.
    sys.stdout = sys.stderr
    try:
        profile, data = load_profile(wanted.profile), read_data(wanted.data)
        from learn.grpo.run import train  # torch takes seconds; a refusal should not wait for it

        train(profile, data, wanted.base, wanted.out, wanted.seed, wanted.scorer, lines)
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
