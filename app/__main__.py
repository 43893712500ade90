"""`python -m app` and the `aoi` script."""

import sys

from app.cli import main


def run() -> None:
    """Exit with the command's status."""
    sys.exit(main())


if __name__ == "__main__":
    run()
