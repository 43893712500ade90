"""Actions as AIOpsLab's parser reads them: exactly one fenced block, no language tag, positional arguments.

Its `exec_shell` loses quotes at the end of a double-quoted command, and where the cluster is kind its host's shell
expands `$` and backticks before the command arrives. So a script travels as base64, which holds none of these,
in single quotes. What a command writes to stderr hides its stdout, so stderr is folded into it.
"""

import base64

FENCE = "```"


def exec_shell(script: str) -> str:
    """Run a script of any content by `sh`."""
    encoded = base64.b64encode(script.encode()).decode()
    return _fenced(f"exec_shell('echo {encoded} | base64 -d | sh 2>&1; true')")


def submit(*answer: str | list[str] | dict[str, str]) -> str:
    """End the problem with an answer, or with none where the state of the cluster is the answer."""
    return _fenced(f"submit({', '.join(map(repr, answer))})")


def _fenced(call: str) -> str:
    return f"{FENCE}\n{call}\n{FENCE}"
