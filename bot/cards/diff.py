"""A unified diff in lines that read well without a code block, which local-slack does not show."""

from bot.cards.text import code, cut_lines

MOST_LINES = 24


def readable(diff: str, most: int = MOST_LINES) -> list[str]:
    """Each changed line as inline code with its sign; file names go, gaps become an ellipsis."""
    lines: list[str] = []
    for line in diff.splitlines():
        if line.startswith(("---", "+++", "\\")):
            continue
        if line.startswith("@@"):
            lines += ["⋯"] if lines else []
        elif line.startswith(("+", "-")):
            lines.append(f"{'➕' if line[0] == '+' else '➖'} {code(line[1:])}")
        else:
            lines.append(f"▫️ {code(line[1:])}" if line.strip() else "")
    return cut_lines([line for line in lines if line], most, "lines of the change")
