"""Prints `.env.example` from the settings: `python -m app.example > .env.example`."""

import sys
import textwrap
from pathlib import Path

from app.settings import PREFIX, Settings

_HEADER = """\
# Every setting of AOI with its safe default; an empty value is an unset one. Copy this file to .env and change
# what you need. Made by: python -m app.example > .env.example
"""


def example() -> str:
    """The text of `.env.example`."""
    return _HEADER + "".join(
        f"\n{_comment(field.description or '')}\n{PREFIX}{name.upper()}={_shown(field.default)}\n"
        for name, field in Settings.model_fields.items()
    )


def _comment(text: str) -> str:
    return textwrap.fill(text, 110, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _shown(default: object) -> str:
    match default:
        case None | ():
            return ""
        case bool():
            return str(default).lower()
        case tuple():
            return ",".join(default)
        case str() | int() | Path():
            return str(default)
        case float():
            return f"{default:g}"
        case _:
            raise TypeError(f"No way to write {type(default).__name__} into .env.example.")


if __name__ == "__main__":
    sys.stdout.write(example())
