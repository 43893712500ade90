"""Results as files."""

from pathlib import Path

from domain.errors import BadInput


def save(path: Path | None, text: str) -> None:
    """Write a result; nothing without a path.

    Raises:
        BadInput: the file cannot be written.
    """
    if path is None:
        return
    try:
        path.write_text(text + "\n")
    except OSError as error:
        raise BadInput(f"Cannot write {path} ({error.strerror}); name a file in a folder that exists.") from error
